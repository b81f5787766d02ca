// Spares page loads on the main site. Everything here also works without it, by plain forms and links.
'use strict';

const find = (selector, root = document) => root.querySelector(selector);
const json = { Accept: 'application/json' };

// Messages

const messages = find('#messages');
const end = () => messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;
const toEnd = () => messages.scrollTo({ top: messages.scrollHeight });

/** Puts HTML that the server has cleaned at the end of the conversation. */
function append(html) {
  find('.welcome', messages)?.remove();
  // Whoever asks again what is still being answered gets the messages that are there already.
  const fresh = new DOMParser().parseFromString(html, 'text/html');
  for (const article of fresh.querySelectorAll('article[id]')) {
    if (!document.getElementById(article.id)) messages.append(document.importNode(article, true));
  }
  toEnd();
  follow();
}

/** Opens the stream of every answer that is still being made. */
function follow() {
  for (const article of messages?.querySelectorAll('[data-live]') ?? []) {
    const stream = new EventSource(article.dataset.live);
    article.removeAttribute('data-live');
    const thinking = find('.thinking', article);
    const change = (apply) => {
      const stay = end();
      apply();
      if (stay) toEnd();
    };
    stream.addEventListener('thinking', (event) => { thinking.textContent = event.data; });
    stream.addEventListener('answer', (event) => change(() => { find('.text', article).innerHTML = event.data; }));
    stream.addEventListener('end', (event) => {
      stream.close();
      change(() => { article.outerHTML = event.data; });
      offerCopies();
      refreshConversations();
    });
    stream.addEventListener('error', () => {
      if (stream.readyState === EventSource.CLOSED) thinking.textContent = messages.dataset.offline;
    });
  }
}

// Copying needs this script, so its buttons appear with it.
function offerCopies() {
  if (!navigator.clipboard) return;
  for (const button of document.querySelectorAll('.copy[hidden]')) button.hidden = false;
}

// Asking

const ask = find('#ask');

ask?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const button = find('button.primary', ask);
  if (button.disabled) return;
  button.disabled = true;
  say(ask, '');
  try {
    const answer = await fetch(ask.action, { method: 'POST', headers: json, body: new URLSearchParams(new FormData(ask)) });
    const body = await answer.json();
    if (!answer.ok) return say(ask, body.detail ?? ask.dataset.failed);
    ask.question.value = '';
    if (ask.conversation.value) append(body.html);
    else location.assign(body.location);
  } catch {
    say(ask, ask.dataset.failed);
  } finally {
    button.disabled = false;
    ask.question.focus();
  }
});

ask?.question.addEventListener('keydown', (event) => {
  // An input method takes Enter to choose among characters.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  ask.requestSubmit();
});

/** Shows a problem in a form, or takes it away. */
function say(form, text) {
  const problem = find('.problem', form);
  problem.textContent = text;
  problem.hidden = !text;
}

// Conversations

async function refreshConversations() {
  const query = new URLSearchParams({ q: find('.search input').value, current: ask.conversation.value });
  const answer = await fetch(`/fragments/conversations?${query}`).catch(() => null);
  if (answer?.ok) find('#conversations').innerHTML = await answer.text();
}

let typing;
find('.search')?.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(refreshConversations, 250);
});
find('.search')?.addEventListener('submit', (event) => {
  event.preventDefault();
  refreshConversations();
});

// Files

const upload = find('form.upload');
/** Files uploaded from this page, chosen as sources as soon as they can be. */
const wanted = new Set();
let looking;

async function refreshFiles() {
  clearTimeout(looking);
  const sources = [...ask.querySelectorAll('input[name="source"]:checked')].map((box) => box.value);
  const query = new URLSearchParams([...new Set([...sources, ...wanted])].map((name) => ['source', name]));
  const answer = await fetch(`/fragments/files?${query}`).catch(() => null);
  if (answer?.ok) {
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const id of ['file-list', 'sources']) exchange(find(`#${id}`), find(`#${id}`, fresh));
    for (const box of ask.querySelectorAll('input[name="source"]:checked')) wanted.delete(box.value);
  }
  lookAgain();
}

/** Takes over what has changed, and leaves open what was open. */
function exchange(old, fresh) {
  const open = find('details.sources', old)?.open ?? false;
  const picker = find('details.sources', fresh);
  if (picker) picker.open = open;
  if (find('.act[open]', old) || old.innerHTML === fresh.innerHTML) return;
  old.innerHTML = fresh.innerHTML;
}

function lookAgain() {
  if (find('#file-list [data-busy]')) looking = setTimeout(refreshFiles, 1500);
}

function send(file) {
  const progress = find('progress', upload);
  const request = new XMLHttpRequest();
  const body = new FormData();
  body.append('file_', file);
  const done = (problem) => {
    progress.hidden = true;
    upload.reset();
    say(upload, problem);
  };
  request.open('POST', upload.action);
  request.setRequestHeader('Accept', 'application/json');
  request.responseType = 'json';
  request.upload.addEventListener('progress', (event) => { progress.value = 100 * event.loaded / event.total; });
  request.addEventListener('load', () => {
    if (request.status >= 400) return done(request.response?.detail ?? upload.dataset.failed);
    wanted.add(request.response.name);
    done('');
    refreshFiles();
  });
  request.addEventListener('error', () => done(upload.dataset.failed));
  progress.value = 0;
  progress.hidden = false;
  say(upload, '');
  request.send(body);
}

if (upload) {
  // The label is the button: choosing a file sends it.
  upload.classList.add('scripted');
  upload.file.addEventListener('change', () => { if (upload.file.files[0]) send(upload.file.files[0]); });
  upload.addEventListener('submit', (event) => event.preventDefault());
  upload.addEventListener('dragover', (event) => { event.preventDefault(); upload.classList.add('over'); });
  upload.addEventListener('dragleave', () => upload.classList.remove('over'));
  upload.addEventListener('drop', (event) => {
    event.preventDefault();
    upload.classList.remove('over');
    if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]);
  });
}

// Small forms, wherever they appear

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.matches('.rate:not(.plain), .delete-file:not(.plain), .stop:not(.plain)')) return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const answer = await fetch(form.action, { method: 'POST', headers: json, body }).catch(() => null);
  // What went wrong is better said by a page.
  if (!answer?.ok) {
    form.classList.add('plain');
    return form.requestSubmit(event.submitter);
  }
  if (form.matches('.stop')) {
    // The stream tells the end.
    find('button', form).disabled = true;
    return;
  }
  if (form.matches('.delete-file')) {
    form.closest('details').open = false;
    return refreshFiles();
  }
  const thanks = document.createElement('span');
  thanks.className = 'rated';
  thanks.setAttribute('role', 'status');
  thanks.textContent = messages.dataset.thanks;
  form.replaceChildren(thanks);
});

document.addEventListener('click', async (event) => {
  const button = event.target.closest('.copy');
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.text);
  const words = button.textContent;
  button.textContent = messages.dataset.copied;
  setTimeout(() => { button.textContent = words; }, 1500);
});

// Start

if (messages) {
  if (!location.hash) toEnd();
  // A browser does not focus by itself on a page that is opened at a message; a touch screen would raise its keyboard.
  else if (matchMedia('(hover: hover)').matches) ask?.question.focus({ preventScroll: true });
  follow();
  offerCopies();
  lookAgain();
}
