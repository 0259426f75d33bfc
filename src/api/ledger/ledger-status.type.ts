import { Field, ObjectType } from 'type-graphql';
import { type Instant, instantAt } from '../../domain/time';
import type { LedgerState } from '../../ledger/ledger';
import { AccessDefault, asParent } from '../auth/access';
import { DateTime } from '../scalars';

@ObjectType('LedgerStatus', {
  simpleResolvers: true,
  description: 'How the proof over the log stands. Numbers of leaves are decimal digits.',
})
@AccessDefault(asParent)
export class LedgerStatusView {
  @Field(() => String, {
    description: 'SOUND, UNCHECKED, WAITING, KEY_UNKNOWN or DIVERGED; in the last two nothing is written.',
  })
  readonly state!: string;

  @Field(() => String, { nullable: true, description: 'What was found, and where.' })
  readonly reason!: string | undefined;

  @Field(() => String)
  readonly leaves!: string;

  @Field(() => String, { description: 'Under the newest checkpoint.' })
  readonly signed!: string;

  @Field(() => String, { description: 'Looked at in this pass over the whole log.' })
  readonly scrubbed!: string;

  @Field(() => DateTime, { nullable: true, description: 'When the last pass ended; null: not since the node started.' })
  readonly scrubbedWholeAt!: Instant | undefined;
}

export function ledgerStatusView({ phase, reason, size, signed, scrub }: LedgerState): LedgerStatusView {
  return {
    state: phase,
    reason,
    leaves: String(size),
    signed: String(signed),
    scrubbed: String(scrub.leaves),
    scrubbedWholeAt: scrub.wholeAt === undefined ? undefined : instantAt(scrub.wholeAt),
  };
}
