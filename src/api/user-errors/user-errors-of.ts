import type { ValidationError } from 'class-validator';
import { ArgumentValidationError } from 'type-graphql';
import { CHANGE_REASONS, type ChangeReason } from '../../domain/policy/policy.events';
import { Refusal } from '../../domain/refusal';
import {
  ChangeUnderstated,
  RefusalError,
  RowsRefused,
  StaleVersion,
  StatementIncomplete,
  type UserError,
  VersionNotOffered,
} from './user-error.type';

/** The user errors that an error thrown by a mutation stands for; undefined when it is none of the user's. */
export function userErrorsOf(error: unknown): readonly UserError[] | undefined {
  if (error instanceof Refusal) return [refusalError(error)];
  if (error instanceof ArgumentValidationError)
    return error.extensions.validationErrors.flatMap((each) => invalid(each, []));
  return undefined;
}

function refusalError(refusal: Refusal): UserError {
  const { message, path, code, details } = refusal;
  const said = { message, path, code };
  switch (details.kind) {
    case 'plain':
      return new RefusalError(said);
    case 'version-not-offered':
      return new VersionNotOffered(said, details.offeredVersionId);
    case 'rows-refused':
      return new RowsRefused(said, details.rows);
    case 'stale-version':
      return new StaleVersion(said, details.currentVersion);
    case 'statement-incomplete':
      return new StatementIncomplete(said, details.missing);
    case 'change-understated':
      return new ChangeUnderstated(said, {
        impliedReasons: details.impliedReasons.flatMap(reasonNamed),
        impliedRenewalPurposes: details.impliedRenewalPurposes,
        differences: details.differences.flatMap(({ reason, ...difference }) =>
          reasonNamed(reason).map((known) => ({ ...difference, reason: known })),
        ),
      });
  }
}

function reasonNamed(name: string): readonly ChangeReason[] {
  return CHANGE_REASONS.filter((reason) => reason === name);
}

/** Each check has its code for a name, so that the constraints that failed say which codes to answer. */
function invalid(
  { property, constraints = {}, children = [] }: ValidationError,
  above: readonly string[],
): UserError[] {
  const path = [...above, property];
  const own = Object.entries(constraints).map(([code, message]) => new RefusalError({ message, path, code }));
  return [...own, ...children.flatMap((child) => invalid(child, path))];
}
