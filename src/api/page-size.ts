import { badUserInput } from './errors';

/** Most rows of one page. */
export const MAX_PAGE_SIZE = 100;
export const DEFAULT_PAGE_SIZE = 20;

/** @throws BAD_USER_INPUT outside 1 to {@link MAX_PAGE_SIZE} */
export function pageSize(asked: number | null | undefined, otherwise = DEFAULT_PAGE_SIZE, name = 'first'): number {
  const size = asked ?? otherwise;
  if (size < 1 || size > MAX_PAGE_SIZE) throw badUserInput(`${name} is 1 to ${MAX_PAGE_SIZE}.`);
  return size;
}
