import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Evidence } from '../../application/evidence';
import {
  EVIDENCE_FORMATS,
  EVIDENCE_KINDS,
  type EvidenceFormat,
  type EvidenceKind,
} from '../../domain/evidence/evidence.events';
import type { Instant } from '../../domain/time';
import type { EvidenceState } from '../../evidence/evidence-desk';
import { AccessDefault, asParent } from '../auth/access';
import { enumOf } from '../enum-of';
import { Node } from '../node/node.type';
import { DateTime, PositionScalar } from '../scalars';
import { AsOfStampView } from '../time/as-of-stamp.type';
import { UserError } from '../user-errors/user-error.type';

export const EvidenceKindEnum = enumOf<EvidenceKind>(EVIDENCE_KINDS);
registerEnumType(EvidenceKindEnum, {
  name: 'EvidenceKind',
  description:
    'What a file is of. AUDIT: how everybody stood with a policy, or with those of an organisation, in counts and one by one. PROCESSING_RECORD: the record of processing activities (GDPR Art. 30). SUBJECT_COPY: all that is held about one person, with the texts concerned. BUNDLE: an answer about one policy or person with all that it rests on, for an outsider to verify.',
});

export const EvidenceFormatEnum = enumOf<EvidenceFormat>(EVIDENCE_FORMATS);
registerEnumType(EvidenceFormatEnum, { name: 'EvidenceFormat' });

const EVIDENCE_STATUSES = ['PREPARING', 'READY', 'FAILED', 'EXPIRED'] as const satisfies EvidenceState['status'][];
const EvidenceStatusEnum = enumOf<EvidenceState['status']>(EVIDENCE_STATUSES);
registerEnumType(EvidenceStatusEnum, {
  name: 'EvidenceStatus',
  description:
    'EXPIRED: its time is over, it gave way to newer ones, or the person it was of, or somebody whose own id it held, is erased.',
});

@ObjectType('Evidence', {
  implements: Node,
  simpleResolvers: true,
  description:
    'A file that is prepared in the background. That it was asked for is a fact of the log; the file lives for days.',
})
@AccessDefault(asParent)
export class EvidenceNode implements Node {
  @Field(() => ID)
  readonly id: string;

  @Field(() => EvidenceKindEnum)
  readonly kind: EvidenceKind;

  @Field(() => EvidenceFormatEnum)
  readonly format: EvidenceFormat;

  @Field(() => EvidenceStatusEnum)
  readonly status: EvidenceState['status'];

  @Field(() => AsOfStampView, { description: 'What the file shows was true, by what had been recorded.' })
  readonly asOf: AsOfStampView;

  @Field(() => Int)
  readonly rowsDone: number;

  @Field(() => Int, { nullable: true })
  readonly rowsTotal: number | undefined;

  @Field(() => DateTime, { nullable: true, description: 'Of a file that is ready.' })
  readonly expiresAt: Instant | undefined;

  @Field(() => String, { nullable: true })
  readonly sha256: string | undefined;

  @Field(() => String, { nullable: true, description: 'Its size, as a whole number.' })
  readonly bytes: string | undefined;

  @Field(() => String, { nullable: true, description: 'A code: why there will be no file.' })
  readonly failure: string | undefined;

  constructor(
    readonly evidence: Evidence,
    state: EvidenceState,
    asOf: AsOfStampView,
  ) {
    this.id = evidence.evidenceId;
    this.kind = evidence.kind;
    this.format = evidence.format;
    this.asOf = asOf;
    this.status = state.status;
    this.rowsDone = 'rowsDone' in state ? state.rowsDone : 0;
    this.rowsTotal = 'rowsTotal' in state ? state.rowsTotal : undefined;
    this.failure = 'failure' in state ? state.failure : undefined;
    const ready = state.status === 'READY' ? state : undefined;
    this.expiresAt = ready?.expiresAt;
    this.sha256 = ready?.sha256;
    this.bytes = ready && String(ready.bytes);
  }
}

@ObjectType('EvidencePayload', { simpleResolvers: true })
@AccessDefault(asParent)
export class EvidencePayload {
  @Field(() => EvidenceNode, { nullable: true })
  readonly evidence?: EvidenceNode;

  @Field(() => [UserError])
  readonly userErrors!: readonly UserError[];

  @Field(() => PositionScalar, { nullable: true, description: 'Where the answer holds. Null only with userErrors.' })
  readonly position?: string;
}
