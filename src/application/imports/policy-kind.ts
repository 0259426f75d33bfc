import type { PolicyKind } from '../../domain/policy/policy.events';
import type { PolicyState } from '../../domain/policy/policy.state';
import { kindDiffers } from './import-refusals';

/** A kind that is named is that of the policy, where there is one. @throws Refusal KIND_DIFFERS */
export function assertKind(state: PolicyState, named: PolicyKind | undefined): void {
  if (named === undefined || state.status === 'absent' || state.kind === named) return;
  throw kindDiffers(state.kind);
}
