import {
  getMetadataStorage,
  type ValidationError,
  ValidationTypes,
  type ValidatorOptions,
  validateSync,
} from 'class-validator';
import { ArgumentValidationError } from 'type-graphql';

/**
 * Checks an argument by what its class says. In the place of the builder's own validation, which looks for the library
 * anew for each argument of each request and takes longer for that than for checking.
 * @throws ArgumentValidationError
 */
export function validateArgument(argument: unknown): void {
  const faults = Array.isArray(argument) ? argument.flatMap(faultsOf) : faultsOf(argument);
  if (faults.length > 0) throw new ArgumentValidationError(faults);
}

const OPTIONS: ValidatorOptions = { forbidUnknownValues: true, skipMissingProperties: true };

function faultsOf(value: unknown): ValidationError[] {
  return typeof value === 'object' && value !== null ? validateSync(value, OPTIONS) : [];
}

/** True of a class that only says which of its fields may be left out: no value of it can be wrong. */
export function demandsNothing(ofClass: InputClass): boolean {
  const rules = getMetadataStorage().getTargetValidationMetadatas(ofClass, '', false, false);
  return rules.length > 0 && rules.every(({ type }) => type === ValidationTypes.CONDITIONAL_VALIDATION);
}

type InputClass = Parameters<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[0];
