import { registerEnumType } from 'type-graphql';
import { IMPORTED_FACTS } from '../../application/imports/decision-rows';
import { CONSENT_STATUSES } from '../../domain/subject/consent-state';
import { OBLIGATION_KINDS } from '../../domain/subject/demands';
import { NOTICE_STEPS } from '../../domain/subject/notice-state';
import {
  CHANNELS,
  type Channel,
  DECISION_MAKERS,
  type DecisionMaker,
  METHODS,
  type Method,
} from '../../domain/subject/subject.events';
import { enumOf } from '../enum-of';

export const ConsentStatusEnum = enumOf(CONSENT_STATUSES);
export const NoticeStepEnum = enumOf(NOTICE_STEPS);
export const ObligationKindEnum = enumOf(OBLIGATION_KINDS);
export const ImportedFactEnum = enumOf(IMPORTED_FACTS);
export const ChannelEnum = enumOf<Channel>(CHANNELS);
export const MethodEnum = enumOf<Method>(METHODS);
export const DecisionMakerEnum = enumOf<DecisionMaker>(DECISION_MAKERS);

registerEnumType(ConsentStatusEnum, {
  name: 'ConsentStatus',
  description:
    'REQUESTED: a version that asks for it was shown, nothing is decided. NOT_REQUIRED: the basis is not consent, and nothing is objected or restricted. INVALIDATED: a yes that a renewal or a withdrawn version made void.',
});
registerEnumType(NoticeStepEnum, {
  name: 'NoticeStep',
  description: 'How far a person has been told, the furthest last.',
});
registerEnumType(ObligationKindEnum, {
  name: 'ObligationKind',
  description:
    'READ_NOTICE: privacy and cookie notices. ACCEPT_TERMS: terms. DECIDE_CONSENT and RENEW_CONSENT: versions with a purpose on consent.',
});
registerEnumType(ImportedFactEnum, { name: 'ImportedFact' });
registerEnumType(ChannelEnum, { name: 'Channel' });
registerEnumType(MethodEnum, {
  name: 'Method',
  description:
    'How the person showed it. CONTINUED_USE, SCROLL, SILENCE and PRE_TICKED never give consent and record SHOWN at most; DISMISSAL is a deferral.',
});
registerEnumType(DecisionMakerEnum, { name: 'DecisionMaker' });
