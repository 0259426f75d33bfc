import type { Decider } from '../decider';
import type { LogReplayed } from './replay.events';

export type ReplayState = { readonly status: 'absent' } | { readonly status: 'replayed' };

export interface ReplayLog {
  readonly type: 'ReplayLog';
  readonly data: LogReplayed['data'];
}

/** A replay is recorded once for each organisation; its id follows from the command, so that no other meets it. */
export const replayDecider: Decider<ReplayState, ReplayLog, LogReplayed> = {
  initialState: { status: 'absent' },
  decide: ({ data }, state) => {
    if (state.status === 'replayed') throw new Error('A replay was recorded twice by different commands.');
    return [{ type: 'LogReplayed', data }];
  },
  evolve: () => ({ status: 'replayed' }),
};
