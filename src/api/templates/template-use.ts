import { mayUse } from '../../application/templates';
import type { Template } from '../../domain/template/template.decider';
import type { ApiContext } from '../context';
import { templateAt } from '../folds-at';
import { DRAFT_READERS, organisationsOf } from '../members';
import { prefixOf, type Scope } from '../scope';

/** The template as it stood where a scope answers. */
export function templateFor(context: ApiContext, scope: Scope, id: string): Promise<Template | undefined> {
  const prefix = prefixOf(context, scope);
  return prefix.n === scope.head.n ? scope.loaders.templates.load(id) : templateAt(context.app, id, prefix);
}

/** Templates are seen by those who read drafts in the template's organisation or in one that it is shared with. */
export function maySeeTemplate(context: ApiContext, template: Template): boolean {
  return organisationsOf(context, DRAFT_READERS).some((organisation) => mayUse(template, organisation));
}
