import 'reflect-metadata';
import { IsOptional, MaxLength } from 'class-validator';
import { ArgumentValidationError } from 'type-graphql';
import { validateArgument } from '../../src/api/validate-argument';

class Lenient {
  @IsOptional()
  name?: unknown;
}

class Strict {
  @IsOptional()
  @MaxLength(3)
  name?: string | null;
}

/** Inherits what it demands, and says nothing itself. */
class Heir extends Strict {
  @IsOptional()
  other?: unknown;
}

const filled = <Value extends object>(value: Value, name: unknown) => Object.assign(value, { name });

test('values without a class of input pass', () => {
  for (const value of [undefined, null, 'text', '', 7, Number.NaN, true]) validateArgument(value);
});

test('a class that demands nothing takes anything, time and again', () => {
  for (const name of ['x'.repeat(10_000), null, undefined, {}, '\ud800']) {
    validateArgument(filled(new Lenient(), name));
    validateArgument([new Lenient(), filled(new Lenient(), name)]);
  }
});

test.each([
  ['a class that demands something', () => filled(new Strict(), 'long')],
  ['a class that inherits it', () => filled(new Heir(), 'long')],
  ['one of a list', () => [filled(new Strict(), 'abc'), filled(new Strict(), 'long')]],
  ['an object of no class', () => ({ name: 'a' })],
  ['an object that calls something else its class', () => ({ constructor: 'Lenient' })],
])('%s is refused, the second time too', (_name, value) => {
  expect(() => validateArgument(value())).toThrow(ArgumentValidationError);
  expect(() => validateArgument(value())).toThrow(ArgumentValidationError);
});

test('what a class demands and gets passes', () => {
  validateArgument(filled(new Strict(), 'abc'));
  validateArgument(filled(new Heir(), null));
});
