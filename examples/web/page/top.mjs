import { element } from './element.mjs';
import { language, say } from './words.mjs';

const top = document.querySelector('#top');
const LANGUAGES = [
  ['nb', 'Norsk'],
  ['en', 'English'],
];

let shown;

/** Name, ways through the page, language, and whether messages arrive. */
export function showTop({ state, onLanguage, onLogOut }) {
  const { name, outstanding, connection } = state;
  const next = JSON.stringify([name, outstanding.length, connection, language(), location.hash]);
  if (next === shown) return;
  shown = next;
  const focused = document.activeElement?.dataset.top;
  top.replaceChildren(
    element(
      'a',
      { class: 'wordmark', href: '#/', 'data-top': 'wordmark' },
      element('img', { src: '/fjordlys.svg', alt: '', width: 32, height: 32 }),
      element('span', {}, 'Fjordlys'),
    ),
    name ? navigation(outstanding.length) : '',
    element(
      'div',
      { class: 'aside' },
      name ? connectionState(connection) : '',
      element('div', { class: 'languages', role: 'group', 'aria-label': say('language') }, languageButtons(onLanguage)),
      name
        ? element(
            'button',
            { type: 'button', class: 'bare', 'data-top': 'out', onclick: onLogOut },
            say('logOut'),
            element('span', { class: 'who' }, ` ${name}`),
          )
        : '',
    ),
  );
  if (focused) top.querySelector(`[data-top="${focused}"]`)?.focus();
}

function navigation(count) {
  const here = ['#/choices', '#/policy'].find((each) => location.hash.startsWith(each)) ?? '#/';
  const link = (href, words, badge) =>
    element('a', { href, 'data-top': href, 'aria-current': here === href ? 'page' : null }, words, badge);
  const badge =
    count > 0 ? element('span', { class: 'badge', title: say('forYouCount', { count }) }, String(count)) : null;
  return element(
    'nav',
    { 'aria-label': say('navigation') },
    link('#/', say('house'), badge),
    link('#/choices', say('choices')),
    link('#/policy', say('policy')),
  );
}

function connectionState(connection) {
  return element('span', { class: `connection ${connection}` }, say(connection));
}

function languageButtons(onLanguage) {
  return LANGUAGES.map(([code, title]) =>
    element(
      'button',
      {
        type: 'button',
        class: 'bare',
        lang: code,
        'data-top': code,
        'aria-pressed': String(language() === code),
        'aria-label': title,
        onclick: () => onLanguage(code),
      },
      code === 'nb' ? 'NO' : 'EN',
    ),
  );
}
