/**
 * Makes an element. Texts become text, never HTML; `on…` are listeners; true is an attribute without a value; null,
 * undefined and false leave an attribute out.
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat(Number.POSITIVE_INFINITY).filter((child) => child !== null && child !== undefined));
  return made;
}

/**
 * Shows one child for each item and keeps those that are there already, so that nobody loses their place: what is
 * open stays open, and the focus stays where it was.
 */
export function showList(parent, items, keyOf, make) {
  const there = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const key = keyOf(item);
    const kept = there.get(key);
    if (kept) return kept;
    const made = make(item);
    made.dataset.key = key;
    return made;
  });
  for (const child of [...parent.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

/** A button that is out of use while what it does is under way, so that one click is one act. */
export function actingButton(attributes, label, act) {
  const button = element('button', { type: 'button', ...attributes }, label);
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-disabled') === 'true') return;
    button.setAttribute('aria-disabled', 'true');
    try {
      await act(button);
    } finally {
      button.removeAttribute('aria-disabled');
    }
  });
  return button;
}
