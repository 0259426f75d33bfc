import { building } from './building.mjs';
import { element } from './element.mjs';
import { logIn } from './session.mjs';
import { say } from './words.mjs';

/** Names with a past in Samtykke's demonstration data. */
const KNOWN = ['anna', 'bjorn'];

/** How the building is lit for those who are still outside. */
const EVENING = [
  { id: 'reception', light: 90 },
  { id: 'office', light: 30 },
  { id: 'meeting', light: 70 },
];

/** @param onLogin told who has logged in */
export function loginView(onLogin) {
  const name = element('input', {
    id: 'name',
    name: 'name',
    autocomplete: 'username',
    autocapitalize: 'none',
    required: true,
    maxlength: 64,
  });
  const failure = element('p', { class: 'failure', role: 'alert' });
  const enter = async (typed) => {
    failure.textContent = '';
    try {
      onLogin(await logIn(typed));
    } catch (error) {
      console.error(error);
      failure.textContent = say('loginFailed');
    }
  };
  const form = element(
    'form',
    {
      onsubmit: (event) => {
        event.preventDefault();
        enter(name.value);
      },
    },
    element('label', { for: 'name' }, say('name')),
    name,
    element('button', { class: 'main' }, say('logIn')),
    failure,
  );
  const known = KNOWN.map((each) => element('button', { type: 'button', onclick: () => enter(each) }, each));
  return element(
    'div',
    { class: 'login' },
    building(EVENING),
    element(
      'div',
      { class: 'entrance' },
      element('h1', {}, say('loginTitle')),
      element('p', { class: 'lead' }, say('loginLead')),
      form,
      element('p', { class: 'quiet' }, `${say('tryAs')}:`),
      element('div', { class: 'known' }, known),
      element('p', {}, element('a', { href: '#/policy' }, say('readOpenly'))),
    ),
  );
}
