// Comfort for the admin dashboard. Every page works without it; every feature here works without the others.
(() => {
  'use strict';

  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const fill = (text, values) => (text ?? '').replace(/%(\w+)/g, (whole, name) => values[name] ?? whole);

  /** An element with properties; `data`, `aria` and attributes with a dash are set as attributes. */
  function make(tag, properties = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name in element && !name.includes('-')) element[name] = value;
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }

  function icon(name) {
    return make('span', { className: `i i-${name}`, 'aria-hidden': 'true' });
  }

  /** Is the person writing, so that letters are not commands? */
  function writing(target) {
    return target instanceof Element && (target.isContentEditable
      || target.matches('textarea, select, input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"])'));
  }

  const plain = (event) => !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
  const inDialog = () => find('dialog[open]') !== null;

  // What is remembered: for the browser (also as a cookie, so that the server and theme.js see it) or for this tab.

  function remember(name, value) {
    try { localStorage.setItem(name, value); } catch { /* storage is off */ }
    document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${location.protocol === 'https:' ? '; Secure' : ''}`;
  }

  const tab = {
    get(name) { try { return sessionStorage.getItem(name); } catch { return null; } },
    set(name, value) { try { sessionStorage.setItem(name, value); } catch { /* storage is off */ } },
  };

  // Frame

  function theme() {
    const button = find('[data-theme-button]');
    if (!button) return;
    const root = document.documentElement;
    const now = () => root.dataset.theme || 'auto';
    const order = matchMedia('(prefers-color-scheme: dark)').matches ? ['auto', 'light', 'dark'] : ['auto', 'dark', 'light'];
    const icons = { auto: 'auto', dark: 'moon', light: 'sun' };
    const show = () => {
      button.replaceChildren(icon(icons[now()]), make('span', { className: 'hidden', textContent: button.dataset[now()] }));
      button.title = button.dataset[now()];
    };
    button.addEventListener('click', () => {
      root.dataset.theme = order[(order.indexOf(now()) + 1) % order.length];
      remember('theme', root.dataset.theme);
      show();
    });
    show();
    button.hidden = false;
  }

  /** A button that folds a part of the page away: `[data-fold="side"]` sets `data-side="closed"` on the root. */
  function folds() {
    const root = document.documentElement;
    for (const button of all('[data-fold]')) {
      const name = button.dataset.fold;
      const show = () => {
        const closed = root.dataset[name] === 'closed';
        const text = closed ? button.dataset.open : button.dataset.close;
        button.setAttribute('aria-expanded', String(!closed));
        button.title = text;
        find('.hidden, .fold-text', button).textContent = text;
      };
      button.addEventListener('click', () => {
        if (root.dataset[name] === 'closed') delete root.dataset[name];
        else root.dataset[name] = 'closed';
        remember(name, root.dataset[name] ?? 'open');
        show();
      });
      show();
      button.hidden = false;
    }
  }

  function sideFilter() {
    const input = find('.side-filter');
    if (!input) return;
    const none = find('.side-none');
    const apply = () => {
      const wanted = input.value.trim().toLowerCase();
      let shown = 0;
      for (const item of all('.side-in li')) {
        item.hidden = !find('a', item).textContent.toLowerCase().includes(wanted);
        if (!item.hidden) shown += 1;
      }
      for (const group of all('.side-group')) group.hidden = !find('li:not([hidden])', group);
      if (none) none.textContent = shown ? '' : none.dataset.none;
      tab.set('side-filter', input.value);
    };
    input.addEventListener('input', apply);
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') { input.value = ''; apply(); }
      if (event.key === 'Enter') find('.side-in li:not([hidden]) a')?.click();
    });
    input.hidden = false;
    input.value = tab.get('side-filter') ?? '';
    if (input.value) apply();
  }

  /** `details.menu` closes on Escape, on a click elsewhere and when focus leaves it. */
  function menus() {
    const close = (except) => { for (const menu of all('details.menu[open]')) if (!menu.contains(except)) menu.open = false; };
    document.addEventListener('click', (event) => close(event.target));
    document.addEventListener('focusin', (event) => close(event.target));
    document.addEventListener('keydown', (event) => {
      const menu = find('details.menu[open]');
      if (event.key !== 'Escape' || !menu) return;
      menu.open = false;
      find('summary', menu).focus();
    });
  }

  /** `details[data-keep=NAME]` stays as it was left, in this tab. */
  function keepDetails() {
    for (const details of all('details[data-keep]')) {
      const name = `open-${details.dataset.keep}`;
      const kept = tab.get(name);
      if (kept !== null && !find('[aria-invalid="true"]', details)) details.open = kept === '1';
      details.addEventListener('toggle', () => tab.set(name, details.open ? '1' : '0'));
    }
  }

  /** `[data-copy]` copies its value; it is hidden until the script runs. */
  function copies() {
    if (!navigator.clipboard) return;
    for (const button of all('[data-copy]')) button.hidden = false;
    document.addEventListener('click', async (event) => {
      const button = event.target.closest('[data-copy]');
      if (!button) return;
      await navigator.clipboard.writeText(button.dataset.copy);
      button.classList.add('done');
      const mark = find('.i', button);
      const before = mark?.className;
      if (mark) mark.className = 'i i-check';
      setTimeout(() => { button.classList.remove('done'); if (mark) mark.className = before; }, 1200);
    });
  }

  /** `[data-print]` prints the page; it is hidden until the script runs. */
  function prints() {
    for (const button of all('[data-print]')) {
      button.hidden = false;
      button.addEventListener('click', () => window.print());
    }
  }

  // Lists

  function selection() {
    const form = find('.list-form');
    if (!form) return;
    const boxes = all('[name="_selected_action"]', form);
    const head = find('.pick-all', form);
    const across = find('[name="select_across"]', form);
    const counter = find('.counter', form);
    const bar = find('.actions', form);
    if (!bar || !boxes.length) return;
    let last = null;

    const show = () => {
      const k = boxes.filter((box) => box.checked).length;
      if (head) {
        head.checked = k === boxes.length;
        head.indeterminate = k > 0 && k < boxes.length;
      }
      const whole = across?.checked;
      if (counter) counter.textContent = fill(whole ? counter.dataset.textAll : counter.dataset.text, { k, n: boxes.length, all: form.dataset.all });
      bar.classList.toggle('on', k > 0 || Boolean(whole));
    };
    const set = (list, value) => { for (const box of list) box.checked = value; };

    form.addEventListener('click', (event) => {
      const box = event.target;
      if (!boxes.includes(box)) return;
      if (event.shiftKey && last && last !== box) {
        const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
        set(boxes.slice(from, to + 1), box.checked);
      }
      last = box;
    });
    form.addEventListener('change', (event) => {
      if (event.target === head) set(boxes, head.checked);
      if (event.target === across && across.checked) set(boxes, true);
      if (across?.checked && boxes.some((box) => !box.checked)) across.checked = false;
      show();
    });
    if (head) head.hidden = false;
    window.addEventListener('pageshow', show);
    show();
  }

  /** j and k move over the rows, x selects, Enter opens. */
  function rowKeys() {
    const rows = all('.list-table tbody tr');
    if (!rows.length) return;
    let at = -1;
    const go = (to) => {
      rows[at]?.classList.remove('cursor');
      at = Math.max(0, Math.min(rows.length - 1, to));
      rows[at].classList.add('cursor');
      rows[at].tabIndex = -1;
      rows[at].focus({ preventScroll: true });
      rows[at].scrollIntoView({ block: 'nearest' });
    };
    document.addEventListener('keydown', (event) => {
      if (!plain(event) || writing(event.target) || inDialog() || chord.waiting) return;
      if (event.key === 'j') go(at + 1);
      else if (event.key === 'k') go(at - 1);
      else if (event.key === 'x' && at >= 0) find('[name="_selected_action"]', rows[at])?.click();
      else if (event.key === 'Enter' && at >= 0 && event.target === rows[at]) find('.main a', rows[at])?.click();
      else return;
      event.preventDefault();
    });
  }

  // Forms

  /** The summary of errors takes the focus. */
  function focusErrors() {
    find('[data-focus]')?.focus();
  }

  function growTextareas() {
    if (CSS.supports('field-sizing', 'content')) return;
    for (const area of all('.control textarea')) {
      const grow = () => {
        area.rows = Math.max(3, Math.min(30, area.value.split('\n').reduce((sum, line) => sum + 1 + Math.floor(line.length / 80), 0)));
      };
      area.addEventListener('input', grow);
      grow();
    }
  }

  /** Today and Now, in the zone of the account. */
  function nowButtons() {
    for (const button of all('[data-now]')) {
      const box = button.closest('[data-zone]');
      const input = find(`input[type="${button.dataset.now}"]`, box);
      if (!input) continue;
      button.hidden = false;
      button.addEventListener('click', () => {
        const options = { timeZone: box.dataset.zone, hourCycle: 'h23' };
        input.value = button.dataset.now === 'date'
          ? new Date().toLocaleDateString('sv-SE', options)
          : new Date().toLocaleTimeString('sv-SE', options);
        input.dispatchEvent(new Event('input', { bubbles: true }));
        input.focus();
      });
    }
  }

  /**
   * `.picker[data-url]`: the plain input takes a key; with script it becomes a combobox over the names,
   * and a hidden input of the same name holds the key.
   */
  function pickers() {
    all('.picker[data-url]').forEach(picker);
  }

  function picker(box, index) {
    const input = find('input', box);
    const words = box.dataset;
    const value = make('input', { type: 'hidden', name: input.name, value: input.value });
    const list = make('ul', { className: 'picker-list', id: `picker-list-${index}`, role: 'listbox', hidden: true });
    list.setAttribute('aria-label', find(`label[for="${input.id}"]`)?.textContent ?? input.getAttribute('aria-label') ?? '');
    const status = make('span', { className: 'hidden', role: 'status' });
    const clear = find('.picker-clear', box);
    let chosen = words.text ?? '';
    let timer;
    let turn = 0;
    let at = -1;
    let options = [];

    input.removeAttribute('name');
    input.value = chosen;
    for (const [name, given] of Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id, spellcheck: 'false' })) input.setAttribute(name, given);
    box.append(value, list, status);

    const close = () => {
      list.hidden = true;
      at = -1;
      input.setAttribute('aria-expanded', 'false');
      input.removeAttribute('aria-activedescendant');
    };
    const point = (to) => {
      options[at]?.setAttribute('aria-selected', 'false');
      at = (to + options.length) % options.length;
      options[at].setAttribute('aria-selected', 'true');
      options[at].scrollIntoView({ block: 'nearest' });
      input.setAttribute('aria-activedescendant', options[at].id);
    };
    const choose = (id, text) => {
      value.value = id;
      chosen = input.value = text;
      if (clear) clear.hidden = !id;
      close();
      value.dispatchEvent(new Event('change', { bubbles: true }));
    };
    box.addEventListener('picked', (event) => { choose(event.detail.value, event.detail.text); input.focus(); });
    const say = (text) => list.append(make('li', { role: 'option', 'aria-disabled': 'true', 'aria-selected': 'false', textContent: text }));
    const ask = async () => {
      const mine = ++turn;
      const url = new URL(words.url, location.href);
      url.searchParams.set('term', input.value === chosen ? '' : input.value);
      let answer = null;
      try {
        const response = await fetch(url, { headers: { Accept: 'application/json' } });
        if (response.ok) answer = await response.json();
      } catch { /* said below */ }
      if (mine !== turn || document.activeElement !== input) return;
      list.replaceChildren();
      options = (answer?.results ?? []).map((row, i) => make('li', { id: `${list.id}-${i}`, role: 'option', 'aria-selected': 'false', 'data-id': row.id, textContent: row.text }));
      list.append(...options);
      if (!answer) say(words.failed);
      else if (!options.length) say(words.none);
      else if (answer.pagination?.more) say(words.more);
      status.textContent = answer ? fill(words.count, { n: options.length }) : words.failed;
      list.hidden = false;
      at = -1;
      input.setAttribute('aria-expanded', 'true');
      input.removeAttribute('aria-activedescendant');
    };

    input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(ask, 150); });
    input.addEventListener('click', () => { if (list.hidden) ask(); });
    input.addEventListener('keydown', (event) => {
      if (event.isComposing) return;
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault();
        if (list.hidden) ask();
        else if (options.length) point(event.key === 'ArrowDown' ? at + 1 : (at < 0 ? 0 : at) - 1);
      } else if (event.key === 'Enter' && !list.hidden) {
        event.preventDefault();
        if (at >= 0) choose(options[at].dataset.id, options[at].textContent);
      } else if (event.key === 'Escape' && !list.hidden) {
        event.preventDefault();
        input.value = chosen;
        close();
      }
    });
    list.addEventListener('mousedown', (event) => event.preventDefault());
    list.addEventListener('click', (event) => {
      const option = event.target.closest('[data-id]');
      if (option) choose(option.dataset.id, option.textContent);
    });
    input.addEventListener('blur', () => {
      clearTimeout(timer);
      turn += 1;
      if (!input.value.trim()) { if (value.value) choose('', ''); }
      else input.value = chosen;
      close();
    });
    if (clear) {
      clear.hidden = !value.value;
      clear.addEventListener('click', () => { choose('', ''); input.focus(); });
    }
  }

  /**
   * `a[data-popup]` in a picker opens a form in a window of its own; the window's answer, `[data-popup-value]`, hands
   * key and name to the picker it was opened from and closes.
   */
  function popups() {
    const done = find('[data-popup-value]');
    if (done && window.opener) {
      const { popupValue: value, popupObject: text } = done.dataset;
      window.opener.postMessage({ picked: { window: window.name, value, text } }, location.origin);
      window.close();
    }
    all('.picker a[data-popup]').forEach((link, index) => link.addEventListener('click', (event) => {
      if (!plain(event) || event.shiftKey || event.button) return;
      event.preventDefault();
      const name = `popup-${index}`;
      window.open(link.href, name, 'width=800,height=640')?.focus();
      link.closest('.picker').dataset.window = name;
    }));
    window.addEventListener('message', (event) => {
      const { picked } = event.data ?? {};
      if (event.origin !== location.origin || !picked) return;
      const box = all('.picker[data-window]').find((other) => other.dataset.window === picked.window);
      box?.dispatchEvent(new CustomEvent('picked', { detail: picked }));
    });
  }

  /** `[data-refresh]`: the page is looked at again after so many milliseconds. */
  function refresh() {
    const box = find('[data-refresh]');
    if (box) setTimeout(() => location.reload(), Number(box.dataset.refresh));
  }

  /** `.two-box`: a multiple select becomes two boxes; the select itself stays, hidden, and is what is sent. */
  function twoBoxes() {
    all('.two-box').forEach((box, index) => {
      const select = find('select[multiple]', box);
      if (!select) return;
      const words = box.dataset;
      const label = find(`label[for="${select.id}"]`);

      const side = (title, name) => {
        const list = make('select', { multiple: true, size: 8, id: `two-box-${index}-${name}` });
        const filter = make('input', { type: 'search', placeholder: words.filter, autocomplete: 'off' });
        filter.setAttribute('aria-label', `${words.filter}: ${title}`);
        filter.addEventListener('input', show);
        return { list, filter, element: make('div', { className: 'box' }, make('label', { htmlFor: list.id, textContent: title }), filter, list) };
      };
      const left = side(words.available, 'left');
      const right = side(words.chosen, 'right');

      function show() {
        for (const [part, chosen] of [[left, false], [right, true]]) {
          const wanted = part.filter.value.trim().toLowerCase();
          part.list.replaceChildren(...[...select.options]
            .filter((option) => option.selected === chosen && option.text.toLowerCase().includes(wanted))
            .map((option) => make('option', { value: option.value, textContent: option.text, title: option.text })));
        }
      }
      const move = (options, chosen) => {
        const values = new Set([...options].map((option) => option.value));
        if (!values.size) return;
        for (const option of select.options) if (values.has(option.value)) option.selected = chosen;
        show();
        select.dispatchEvent(new Event('change', { bubbles: true }));
      };
      const button = (text, mark, act) => {
        const element = make('button', { type: 'button', className: 'button small' }, icon(mark), text);
        element.addEventListener('click', act);
        return element;
      };
      for (const [part, chosen] of [[left, true], [right, false]]) {
        part.list.addEventListener('dblclick', () => move(part.list.selectedOptions, chosen));
        part.list.addEventListener('keydown', (event) => {
          if (event.key !== 'Enter') return;
          event.preventDefault();
          move(part.list.selectedOptions, chosen);
        });
        part.filter.addEventListener('keydown', (event) => { if (event.key === 'Enter') event.preventDefault(); });
      }
      const described = select.getAttribute('aria-describedby');
      if (described) for (const part of [left, right]) part.list.setAttribute('aria-describedby', described);
      const invalid = select.getAttribute('aria-invalid');
      if (invalid) right.list.setAttribute('aria-invalid', invalid);
      box.append(make('div', { className: 'boxes' }, left.element, make('div', { className: 'box-buttons' },
        button(words.add, 'right', () => move(left.list.selectedOptions, true)),
        button(words.addAll, 'right', () => move(left.list.options, true)),
        button(words.remove, 'left', () => move(right.list.selectedOptions, false)),
        button(words.removeAll, 'left', () => move(right.list.options, false))), right.element));
      if (label) label.htmlFor = left.list.id;
      select.hidden = true;
      show();
    });
  }

  /** What is not cut off needs nothing to open it with. */
  function clamps() {
    const fold = new ResizeObserver((entries) => {
      for (const { target } of entries) {
        const more = target.nextElementSibling;
        if (!more.open) more.hidden = target.scrollHeight <= target.clientHeight + 1;
      }
    });
    for (const more of all('.clamp + .more')) fold.observe(more.previousElementSibling);
  }

  /** In a grid of permissions each model's name and each column's head turns its whole row or column. */
  function permissionGrids() {
    for (const grid of all('table.permissions')) {
      const turn = (boxes) => {
        const value = boxes.some((box) => !box.checked);
        for (const box of boxes) box.checked = value;
        boxes[0]?.dispatchEvent(new Event('change', { bubbles: true }));
      };
      const wrap = (cell, boxes) => {
        const name = cell.textContent;
        const button = make('button', { type: 'button', className: 'link quiet', textContent: name, title: fill(grid.dataset.toggle, { name }) });
        button.addEventListener('click', () => turn(boxes()));
        cell.replaceChildren(button);
      };
      for (const cell of all('tbody tr:not(.group) > th', grid)) wrap(cell, () => all('input', cell.parentElement));
      all('thead th', grid).forEach((cell, i) => {
        if (i > 0) wrap(cell, () => all(`tbody tr:not(.group) > :nth-child(${i + 1}) input`, grid));
      });
    }
  }

  /** `[data-all-of=NAME]`: one box for all boxes of a group, shown with script only. */
  function allOf() {
    for (const box of all('[data-all-of]')) {
      const group = find(box.dataset.allOf);
      const boxes = () => all('input[type="checkbox"]', group).filter((other) => other !== box);
      const show = () => {
        const k = boxes().filter((other) => other.checked).length;
        box.checked = k === boxes().length;
        box.indeterminate = k > 0 && !box.checked;
      };
      box.addEventListener('change', () => { for (const other of boxes()) other.checked = box.checked; });
      group.addEventListener('change', show);
      show();
      box.closest('[hidden]')?.removeAttribute('hidden');
    }
  }

  /** `[data-when="name=value"]` shows only while that radio or select has that value. */
  function conditions() {
    const parts = all('[data-when]');
    if (!parts.length) return;
    const show = () => {
      for (const part of parts) {
        const [name, wanted] = part.dataset.when.split('=');
        const field = find(`[name="${name}"]:checked, select[name="${name}"]`, part.closest('form'));
        part.hidden = field !== null && field.value !== wanted;
      }
    };
    document.addEventListener('change', show);
    show();
  }

  /** `input[data-match]`: the buttons of the form wait until exactly that was typed. */
  function matches() {
    for (const input of all('input[data-match]')) {
      const buttons = all('button.danger', input.form);
      const show = () => { for (const button of buttons) button.disabled = input.value.trim() !== input.dataset.match; };
      input.addEventListener('input', show);
      show();
    }
  }

  /** `form[data-guard]`: leaving a changed form asks first. */
  function guard() {
    for (const form of all('form[data-guard]')) {
      const note = find('.unsaved', form);
      const state = () => new URLSearchParams(new FormData(form)).toString();
      let before = null;
      let leaving = false;
      const changed = () => before !== null && (find('.errors, .conflict', form) !== null || state() !== before);
      const look = () => { if (note) note.textContent = state() !== before ? note.dataset.text : ''; };
      requestAnimationFrame(() => { before = state(); });
      for (const kind of ['input', 'change']) form.addEventListener(kind, () => requestAnimationFrame(look));
      form.addEventListener('submit', () => { leaving = true; });
      window.addEventListener('pageshow', () => { leaving = false; });
      window.addEventListener('beforeunload', (event) => { if (!leaving && changed()) event.preventDefault(); });
    }
  }

  /** Ctrl/Cmd S presses Save and continue, else Save. */
  function saveKey() {
    document.addEventListener('keydown', (event) => {
      if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      const button = find('main form [name="_continue"]') ?? find('main form [name="_save"]');
      if (!button) return;
      event.preventDefault();
      button.click();
    });
  }

  // Conversation

  /** `[data-find-in]`: marks the text typed inside the element it names, and walks over the finds. */
  function findInside() {
    const box = find('[data-find-in]');
    const text = box && find(box.dataset.findIn);
    if (!text) return;
    const input = find('input', box);
    const count = find('.find-count', box);
    let marks = [];
    let at = -1;

    const wipe = () => {
      for (const mark of marks) { const parent = mark.parentNode; mark.replaceWith(mark.textContent); parent.normalize(); }
      marks = [];
      at = -1;
    };
    const go = (to) => {
      if (!marks.length) return;
      marks[at]?.classList.remove('here');
      at = (to + marks.length) % marks.length;
      marks[at].classList.add('here');
      for (let outer = marks[at].closest('details'); outer; outer = outer.parentElement.closest('details')) outer.open = true;
      marks[at].scrollIntoView({ block: 'center' });
      count.textContent = fill(count.dataset.text, { k: at + 1, n: marks.length });
    };
    const search = () => {
      wipe();
      const wanted = input.value.trim().toLowerCase();
      if (!wanted) { count.textContent = ''; return; }
      const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
      const nodes = [];
      while (walker.nextNode()) nodes.push(walker.currentNode);
      for (let node of nodes) {
        for (let i; (i = node.data.toLowerCase().indexOf(wanted)) >= 0;) {
          const hit = node.splitText(i);
          node = hit.splitText(wanted.length);
          const mark = make('mark', { textContent: hit.data });
          hit.replaceWith(mark);
          marks.push(mark);
        }
      }
      count.textContent = marks.length ? '' : count.dataset.none;
      go(0);
    };
    let timer;
    input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(search, 120); });
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') { event.preventDefault(); go(at + (event.shiftKey ? -1 : 1)); }
      if (event.key === 'Escape') { input.value = ''; search(); }
    });
    box.hidden = false;
    if (input.value) search();
  }

  // Command palette, list of keys, letters after g

  const chord = { waiting: false };

  function goKeys() {
    let timer;
    document.addEventListener('keydown', (event) => {
      if (!plain(event) || writing(event.target) || inDialog()) return;
      if (chord.waiting) {
        clearTimeout(timer);
        setTimeout(() => { chord.waiting = false; });
        const link = find(`.side a[data-key="${CSS.escape(event.key)}"]`);
        if (link) { event.preventDefault(); link.click(); }
      } else if (event.key === 'g') {
        chord.waiting = true;
        timer = setTimeout(() => { chord.waiting = false; }, 1500);
      }
    });
  }

  function keyList() {
    const dialog = find('#keys');
    if (!dialog) return;
    const list = find('dl', dialog);
    for (const link of all('.side a[data-key]')) {
      list.append(make('dt', {}, make('kbd', { textContent: 'g' }), ' ', make('kbd', { textContent: link.dataset.key })), make('dd', { textContent: link.textContent }));
    }
    const open = () => { if (!inDialog()) dialog.showModal(); };
    document.addEventListener('keydown', (event) => {
      if (event.key === '?' && !event.ctrlKey && !event.metaKey && !writing(event.target)) { event.preventDefault(); open(); }
    });
    document.addEventListener('click', (event) => {
      if (event.target === dialog) dialog.close();
      if (event.target.closest('[data-open="keys"]')) { event.preventDefault(); open(); }
    });
    for (const button of all('[data-open="keys"][hidden]')) button.hidden = false;
  }

  function palette() {
    const dialog = find('#palette');
    if (!dialog?.showModal) return;
    const form = find('form', dialog);
    const input = find('input', dialog);
    const list = find('[role="listbox"]', dialog);
    const words = dialog.dataset;
    const places = all('.side a:not(.add)').map((link) => ({ text: link.textContent, url: link.href, note: words.go }))
      .concat(all('.side a.add').map((link) => ({ text: link.getAttribute('aria-label'), url: link.href, note: words.go })));
    let options = [];
    let at = 0;
    let timer;
    let turn = 0;
    let records = [];

    const point = (to) => {
      if (!options.length) { input.removeAttribute('aria-activedescendant'); return; }
      options[at]?.setAttribute('aria-selected', 'false');
      at = (to + options.length) % options.length;
      options[at].setAttribute('aria-selected', 'true');
      options[at].scrollIntoView({ block: 'nearest' });
      input.setAttribute('aria-activedescendant', options[at].id);
    };
    const show = () => {
      const wanted = input.value.trim().toLowerCase();
      const found = places.filter((place) => place.text.toLowerCase().includes(wanted)).slice(0, 8);
      const rows = [...found, ...records];
      if (wanted) rows.push({ text: fill(words.search, { q: input.value.trim() }), url: `${form.action}?${new URLSearchParams({ q: input.value.trim() })}`, note: '' });
      options = rows.map((row, i) => make('li', { id: `palette-${i}`, role: 'option', 'aria-selected': 'false', 'data-url': row.url }, make('span', { textContent: row.text }), make('small', { textContent: row.note })));
      list.replaceChildren(...options);
      at = 0;
      point(0);
    };
    const ask = async () => {
      const mine = ++turn;
      const q = input.value.trim();
      records = [];
      if (q.length >= 2 && words.url) {
        try {
          const url = new URL(words.url, location.href);
          url.searchParams.set('q', q);
          const response = await fetch(url, { headers: { Accept: 'application/json' } });
          const answer = response.ok && response.headers.get('content-type')?.includes('json') ? await response.json() : { results: [] };
          if (mine !== turn) return;
          records = answer.results.map((row) => ({ text: row.text, url: row.url, note: row.model ?? words.record }));
        } catch { /* pages alone will do */ }
      }
      if (mine === turn && records.length) show();
    };
    const open = () => {
      if (inDialog()) return;
      input.value = '';
      records = [];
      show();
      dialog.showModal();
      input.focus();
    };

    input.addEventListener('input', () => { records = []; show(); clearTimeout(timer); timer = setTimeout(ask, 180); });
    input.addEventListener('keydown', (event) => {
      if (event.isComposing) return;
      if (event.key === 'ArrowDown') { event.preventDefault(); point(at + 1); }
      if (event.key === 'ArrowUp') { event.preventDefault(); point(at - 1); }
      if (event.key === 'Escape') { event.preventDefault(); dialog.close(); }
    });
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (options[at]) location.assign(options[at].dataset.url);
    });
    list.addEventListener('click', (event) => {
      const option = event.target.closest('[role="option"]');
      if (option) location.assign(option.dataset.url);
    });
    dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
    document.addEventListener('click', (event) => {
      const link = event.target.closest('[data-open="palette"]');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open();
    });
    document.addEventListener('keydown', (event) => {
      const slash = event.key === '/' && plain(event) && !writing(event.target);
      const k = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (!slash && !k) return;
      event.preventDefault();
      open();
    });
  }

  const features = [theme, folds, sideFilter, menus, keepDetails, copies, prints, selection, rowKeys, focusErrors, growTextareas, nowButtons, pickers, popups, refresh,
    twoBoxes, clamps, permissionGrids, allOf, conditions, matches, guard, saveKey, findInside, goKeys, keyList, palette];
  for (const feature of features) {
    try { feature(); } catch (error) { console.error(feature.name, error); }
  }
})();
