import { askForConsent, putOff, refused } from './consent-dialog.mjs';
import { tell, tellFailure } from './messages.mjs';
import {
  CONSENT_WITHDRAW,
  NOTICE_DEFER,
  NOTICE_RECORD,
  OBJECTION_LIFT,
  PROCESSING_OBJECT,
  TERMS_ACCEPT,
  TERMS_REFUSE,
} from './queries.mjs';
import { act } from './samtykke.mjs';
import { say } from './words.mjs';

/**
 * What a person can do. Each act is one mutation; afterwards everything is asked anew.
 *
 * @param afterAct draws what has changed
 */
export function createActs({ state, afterAct }) {
  const done = async (words) => {
    if (words) tell(words);
    await afterAct();
  };
  const once = async (mutation, input, words) => {
    try {
      refused(await act(mutation, input));
      await done(words);
    } catch (error) {
      tellFailure(error);
      // Perhaps the text has moved on meanwhile.
      await afterAct();
    }
  };

  const choose = async (obligations) => {
    const questions = obligations.flatMap((obligation) =>
      obligation.purposes.map((purpose) => ({ ...obligation, purpose })),
    );
    const ended = await askForConsent(questions, () => done().catch(tellFailure));
    await done();
    if (ended !== 'moved') return;
    tell(say('textMoved'));
    const asked = new Set(questions.map(({ purpose }) => purpose));
    const again = state.outstanding.filter(({ purposes, isNow }) => isNow && purposes.some((each) => asked.has(each)));
    if (again.length > 0) await choose(again);
  };

  return {
    choose,
    acknowledge: ({ version }) =>
      once(NOTICE_RECORD, { ...textOf(version), step: 'ACKNOWLEDGED', channel: 'APP' }, say('thanksRead')),
    putOffNotice: ({ version }) => once(NOTICE_DEFER, { version: version.id }, say('putOff')),
    putOffChoice: async ({ version, purposes }) => {
      const questions = purposes.map((purpose) => ({ version, purpose }));
      await putOff(questions, 'CLICKED_BUTTON').catch(tellFailure);
      await done();
    },
    acceptTerms: ({ version }) => once(TERMS_ACCEPT, clickOn(version), say('thanksAccepted')),
    refuseTerms: ({ version }) => once(TERMS_REFUSE, clickOn(version), say('refusedTerms')),
    withdraw: (consent) => once(CONSENT_WITHDRAW, purposeOf(consent), say('withdrawn')),
    object: (consent) => once(PROCESSING_OBJECT, purposeOf(consent), say('objected')),
    liftObjection: (consent) => once(OBJECTION_LIFT, purposeOf(consent), say('objectionLifted')),
    chooseAgain: ({ policy, purpose }) =>
      choose([{ version: policy.inForce.version, purposes: [purpose], isNow: true }]),
  };
}

function purposeOf({ policy, purpose }) {
  return { policy: policy.id, purposes: [purpose] };
}

function clickOn(version) {
  return { ...textOf(version), method: 'CLICKED_BUTTON' };
}

function textOf({ id, content }) {
  return { version: id, locale: content.locale, contentSha256: content.sha256 };
}
