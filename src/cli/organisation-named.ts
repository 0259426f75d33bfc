import { CommandRefused, type Node } from './doors';

/** The id of the organisation with this slug. @throws CommandRefused NOT_FOUND */
export function organisationIdOf(node: Node, slug: string): string {
  const organisation = node.readModels.organisationBySlug(slug, node.readModels.applied());
  if (!organisation) throw new CommandRefused('NOT_FOUND', `There is no organisation ${slug}.`);
  return organisation.id;
}
