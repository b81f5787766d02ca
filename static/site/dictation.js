// Dictation: records what somebody says, has it written down, and puts the words where the cursor is. Nothing is asked by
// itself: the words can be changed first.
'use strict';

/** How long a recording may be, in milliseconds. It ends by itself then. */
const LONGEST = 120_000;
/** Enough for speech: two minutes are half a megabyte. */
const BITS_PER_SECOND = 32_000;
const FORMS = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4'];

const button = document.querySelector('#dictate');
const line = document.querySelector('#dictation');
const time = document.querySelector('#dictation-time');
const question = document.querySelector('#question');
const words = button.dataset;

/** What is under way: where it was cancelled, whatever comes of it counts for nothing any more. */
let turn = null;

/** Shows a state (idle, starting, recording, transcribing, error) and says what it means. */
function show(state, sentence) {
  words.state = state;
  line.dataset.state = state;
  line.textContent = sentence;
  button.setAttribute('aria-pressed', String(state === 'recording'));
  button.setAttribute('aria-disabled', String(state === 'starting' || state === 'transcribing'));
  if (state !== 'recording') time.textContent = '';
}

function end(state, sentence) {
  turn = null;
  show(state, sentence);
}

async function start() {
  const mine = { stop: () => {}, request: new AbortController() };
  turn = mine;
  show('starting', words.starting);
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    if (turn === mine) end('error', why(error));
    return;
  }
  const silence = () => stream.getTracks().forEach((track) => track.stop());
  if (turn !== mine) return silence();
  try {
    record(mine, stream, silence);
  } catch {
    silence();
    end('error', words.failed);
  }
}

/** Why there is no microphone. */
function why(error) {
  if (['NotAllowedError', 'SecurityError'].includes(error.name)) return words.denied;
  if (['NotFoundError', 'OverconstrainedError'].includes(error.name)) return words.missing;
  return words.failed;
}

function record(mine, stream, silence) {
  const mimeType = FORMS.find((form) => MediaRecorder.isTypeSupported(form));
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
  const parts = [];
  recorder.addEventListener('dataavailable', (event) => parts.push(event.data));
  recorder.addEventListener('stop', () => {
    clearInterval(mine.clock);
    silence();
    if (turn === mine) send(mine, new Blob(parts, { type: recorder.mimeType }));
  });
  recorder.start();
  mine.stop = () => { if (recorder.state !== 'inactive') recorder.stop(); };
  const began = Date.now();
  const tick = () => {
    const passed = Date.now() - began;
    time.textContent = `${clock(passed)} / ${clock(LONGEST)}`;
    if (passed >= LONGEST) mine.stop();
  };
  mine.clock = setInterval(tick, 250);
  show('recording', words.recording);
  tick();
}

function clock(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

async function send(mine, recording) {
  show('transcribing', words.transcribing);
  const body = new FormData();
  body.append('file', recording, 'recording');
  try {
    const { signal } = mine.request;
    const answer = await fetch('/api/transcribe', { method: 'POST', headers: { Accept: 'application/json' }, body, signal });
    const { text } = answer.ok ? await answer.json() : {};
    if (turn !== mine) return;
    if (!answer.ok) return end('error', refusal(answer.status));
    if (!text) return end('error', words.nothing);
    insert(text);
    end('idle', words.done);
  } catch {
    if (turn === mine) end('error', words.failed);
  }
}

function refusal(status) {
  if (status === 429) return words.busy;
  return status === 400 ? words.nothing : words.failed;
}

/** Puts a text in place of what is chosen in the question, with a blank where two words would meet. */
function insert(text) {
  const { selectionStart: from, selectionEnd: to, value, maxLength } = question;
  const meets = (before, after) => /[^\s\p{sc=Han}\p{Ps}\p{Pi}]$/u.test(before) && /^[\p{L}\p{N}]/u.test(after)
    && !/^\p{sc=Han}/u.test(after) && !/[\u3000-\u303f\uff00-\uff65]$/u.test(before);
  const before = value.slice(0, from);
  const after = value.slice(to);
  const put = `${meets(before, text) ? ' ' : ''}${text}${meets(text, after) ? ' ' : ''}`;
  const room = maxLength - before.length - after.length;
  question.setRangeText(put.slice(0, Math.max(room, 0)), from, to, 'end');
  question.dispatchEvent(new Event('input', { bubbles: true }));
  question.focus();
}

function cancel() {
  const { stop, request } = turn;
  // First: what the recorder still says is not heard any more.
  end('idle', words.cancelled);
  stop();
  request.abort();
}

if (navigator.mediaDevices?.getUserMedia && window.MediaRecorder) {
  button.hidden = false;
  button.addEventListener('click', () => {
    if (!turn) start();
    else if (words.state === 'recording') turn.stop();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.isComposing || !turn) return;
    event.preventDefault();
    cancel();
  });
}
