import type { Projection } from '../../../projections/projection';

/** `next`: tables that a rebuild makes beside the live ones. */
export type Build = 'live' | 'next';

/** The SQL name of a projection's table: name and version stand in it, so that two versions live side by side. */
export function tableName(
  projection: Pick<Projection, 'name' | 'version'>,
  table: string,
  build: Build = 'live',
): string {
  return `${tablePrefix(projection, build)}${table}`;
}

/** What the names of all tables of one version of a projection begin with. */
export function tablePrefix({ name, version }: Pick<Projection, 'name' | 'version'>, build: Build): string {
  return `${build === 'next' ? 'next_' : ''}${name.replaceAll('-', '_')}_v${version}_`;
}
