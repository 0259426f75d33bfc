import type { Decider } from '../decider';
import type { EvidenceEvent, EvidencePrepared } from './evidence.events';

export type EvidenceState =
  | { readonly status: 'absent' }
  | ({ readonly status: 'prepared' } & EvidencePrepared['data']);

export interface PrepareEvidence {
  readonly type: 'PrepareEvidence';
  readonly data: EvidencePrepared['data'];
}

/** A file is ordered once; its id follows from the command, so that no other order meets it. */
export const evidenceDecider: Decider<EvidenceState, PrepareEvidence, EvidenceEvent> = {
  initialState: { status: 'absent' },
  decide: ({ data }, state) => {
    if (state.status === 'prepared') throw new Error('A file was ordered twice by different commands.');
    return [{ type: 'EvidencePrepared', data }];
  },
  evolve: (_, { data }) => ({ status: 'prepared', ...data }),
};
