import { registerEnumType } from 'type-graphql';
import {
  CHANGE_REASONS,
  type ChangeReason,
  type NoticeDuty,
  POLICY_KINDS,
  type PolicyKind,
  TEXT_FORMATS,
  type TextFormat,
} from '../../domain/policy/policy.events';
import {
  DATA_SUBJECT_RIGHTS,
  type DataSubjectRight,
  LEGAL_BASES,
  type LegalBasis,
} from '../../domain/policy/processing-statement';
import type { VersionStatus } from '../../read-models/read-models';
import { type EnumOf, enumOf } from '../enum-of';

export const PolicyKindEnum = enumOf<PolicyKind>(POLICY_KINDS);
export const TextFormatEnum = enumOf<TextFormat>(TEXT_FORMATS);
export const ChangeReasonEnum = enumOf<ChangeReason>(CHANGE_REASONS);
export const DataSubjectRightEnum = enumOf<DataSubjectRight>(DATA_SUBJECT_RIGHTS);
export const LegalBasisEnum = enumOf<LegalBasis>(LEGAL_BASES);
export const NoticeDutyEnum: EnumOf<NoticeDuty> = {
  NONE: 'NONE',
  ACTIVE: 'ACTIVE',
  ACTIVE_IN_ADVANCE: 'ACTIVE_IN_ADVANCE',
};
export const PolicyVersionStatusEnum: EnumOf<VersionStatus> = {
  SCHEDULED: 'SCHEDULED',
  IN_FORCE: 'IN_FORCE',
  SUPERSEDED: 'SUPERSEDED',
  WITHDRAWN: 'WITHDRAWN',
  RETIRED: 'RETIRED',
};
/** Only the first four are sent by `policyChanges`; the others concern one person. */
export const PolicyNoticeKindEnum = {
  ANNOUNCED: 'ANNOUNCED',
  IN_FORCE: 'IN_FORCE',
  WITHDRAWN: 'WITHDRAWN',
  RETIRED: 'RETIRED',
  OUTSTANDING: 'OUTSTANDING',
  OVERDUE: 'OVERDUE',
  SETTLED: 'SETTLED',
} as const;

registerEnumType(PolicyKindEnum, { name: 'PolicyKind' });
registerEnumType(TextFormatEnum, { name: 'TextFormat' });
registerEnumType(ChangeReasonEnum, { name: 'ChangeReason', description: 'What a version changes.' });
registerEnumType(DataSubjectRightEnum, { name: 'DataSubjectRight', description: 'GDPR Art. 15 to 22 and 7(3).' });
registerEnumType(LegalBasisEnum, { name: 'LegalBasis', description: 'GDPR Art. 6(1)(a) to (f).' });
registerEnumType(NoticeDutyEnum, {
  name: 'NoticeDuty',
  description: 'How people have to be told of a change, the strictest last.',
});
registerEnumType(PolicyVersionStatusEnum, { name: 'PolicyVersionStatus' });
registerEnumType(PolicyNoticeKindEnum, { name: 'PolicyNoticeKind' });
