import { actingButton, element } from './element.mjs';
import { tell, tellFailure } from './messages.mjs';
import { folded } from './notice-cards.mjs';
import { policyText } from './policy-text.mjs';
import { CONSENT_DEFER, CONSENT_GIVE, CONSENT_REFUSE } from './queries.mjs';
import { act } from './samtykke.mjs';
import { day, say } from './words.mjs';

/**
 * Asks for a yes or a no to each purpose. Both buttons look the same, neither is chosen beforehand, and leaving
 * without an answer is a deferral, never a yes (EDPB Guidelines 05/2020, 3.1 and 3.4).
 *
 * @param questions each with the version whose text is shown, the key of a purpose, and whether it holds now or soon
 * @param onAnswered called after each answer that was recorded
 * @returns 'closed', or 'moved' where a text is not the one offered any more and has to be shown anew
 */
export function askForConsent(questions, onAnswered) {
  const open = new Set(questions);
  const leave = element('button', { type: 'button', class: 'leave', onclick: () => dialog.close('button') });
  const showLeave = () => {
    leave.textContent = say(open.size === 0 ? 'done' : 'decideLater');
  };
  const dialog = element(
    'dialog',
    { class: 'consent', 'aria-labelledby': 'consent-title', 'aria-describedby': 'consent-lead' },
    // The focus begins on the title, so that a key pressed too early answers nothing.
    element('h2', { id: 'consent-title', tabindex: -1, autofocus: true }, say('dialogTitle')),
    element('p', { id: 'consent-lead' }, say('dialogLead')),
    questions.map((question) =>
      questionOf(question, {
        onAnswer() {
          open.delete(question);
          showLeave();
          onAnswered();
        },
        onMoved: () => dialog.close('moved'),
      }),
    ),
    element('div', { class: 'end' }, leave),
  );
  showLeave();

  return new Promise((resolve) => {
    dialog.addEventListener('cancel', () => {
      dialog.returnValue = 'dismissed';
    });
    dialog.addEventListener('close', async () => {
      dialog.remove();
      if (dialog.returnValue === 'moved') return resolve('moved');
      await putOff([...open], dialog.returnValue === 'button' ? 'CLICKED_BUTTON' : 'DISMISSAL').catch(tellFailure);
      resolve('closed');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Leaves a choice for later, which is neither a yes nor a no. */
export async function putOff(questions, method) {
  for (const question of questions) refused(await act(CONSENT_DEFER, decisionOn(question, method)));
  if (questions.length > 0) tell(say('putOff'));
}

function questionOf(question, { onAnswer, onMoved }) {
  const { version, purpose, isNow } = question;
  const { title, ...facts } = version.statement.purposes.find(({ key }) => key === purpose);
  const state = element('p', { class: 'answer', role: 'status' });
  const answer = (mutation, isYes) => async () => {
    try {
      refused(await act(mutation, decisionOn(question, 'CLICKED_BUTTON')));
      yes.setAttribute('aria-pressed', isYes);
      no.setAttribute('aria-pressed', !isYes);
      state.textContent = say(isYes ? 'saidYes' : 'saidNo');
      onAnswer();
    } catch (error) {
      if (error.code === 'VERSION_NOT_OFFERED') onMoved();
      else tellFailure(error);
    }
  };
  const no = actingButton({ 'aria-pressed': 'false' }, say('no'), answer(CONSENT_REFUSE, false));
  const yes = actingButton({ 'aria-pressed': 'false' }, say('yes'), answer(CONSENT_GIVE, true));
  const date = day(version.effectiveFrom, version.policy.organisation.timeZone);
  return element(
    'fieldset',
    { 'data-purpose': purpose },
    element('legend', {}, title),
    element('p', { class: 'eyebrow' }, `${isNow ? say('nowText') : say('soonText', { date })} · ${version.label}`),
    question.changeSummary && element('p', { class: 'summary' }, question.changeSummary),
    factsOf(facts),
    folded(say('readAll'), () => policyText(version.content)),
    element('div', { class: 'pair' }, no, yes),
    state,
  );
}

/** What the processing statement says of the purpose, in the language of its controller. */
function factsOf({ dataCategories, retention, processors, recipients, transfers }) {
  const rows = [
    ['dataUsed', dataCategories],
    ['kept', [retention]],
    ['processors', processors],
    ['recipients', recipients],
    ['transfers', transfers],
  ].filter(([, values]) => values.length > 0);
  return element(
    'dl',
    {},
    rows.map(([key, values]) =>
      element('div', {}, element('dt', {}, say(key)), element('dd', { lang: 'nb' }, values.join(', '))),
    ),
  );
}

/** Bound to the version, the language and the very text that were in front of the person. */
function decisionOn({ version, purpose }, method) {
  const { locale, sha256: contentSha256 } = version.content;
  return { version: version.id, locale, contentSha256, purposes: [purpose], method };
}

/** @throws an error with the code of the first refusal */
export function refused({ userErrors }) {
  const [first] = userErrors;
  if (first) throw Object.assign(new Error(first.message), { code: first.code });
}
