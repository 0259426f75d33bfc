import { element } from './element.mjs';
import { say } from './words.mjs';

/** A thank-you goes by itself; what happened to a policy stays until it is closed. */
const SHORT_MS = 7_000;

const voice = document.querySelector('#voice');
const board = document.querySelector('#messages');

/** Says something to people who listen to the page, and shows it until it is closed or another takes its place. */
export function tell(words, { key = 'done', link } = {}) {
  voice.textContent = '';
  // A new text node in a later turn is announced also where the words are those of before.
  setTimeout(() => {
    voice.textContent = words;
  });
  const close = element(
    'button',
    { type: 'button', class: 'close', 'aria-label': say('close'), onclick: () => message.remove() },
    '×',
  );
  const message = element(
    'div',
    { class: 'message', 'data-key': key },
    element('p', {}, words),
    link && element('a', { href: link, onclick: () => message.remove() }, say('look')),
    close,
  );
  for (const before of board.children) if (before.dataset.key === key) before.remove();
  board.append(message);
  if (key === 'done') setTimeout(() => message.remove(), SHORT_MS);
}

/** Tells that something was refused or failed; what was typed or chosen stays. */
export function tellFailure(error) {
  console.error(error);
  tell(say('failed', { reason: error.code ?? error.message }), { key: 'failure' });
}

/** Thanks belong to the view they were said in. */
export function clearPassing() {
  board.querySelector('[data-key="done"]')?.remove();
}

export function clearMessages() {
  board.replaceChildren();
}
