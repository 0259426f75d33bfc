import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationRule,
} from 'graphql';

/** Fields within fields. The longest way through the product's own schema is about half of it. */
export const MAX_DEPTH = 15;
/** Fields under another name, in the whole document. */
export const MAX_ALIASES = 100;
/** Operations and fragments. */
export const MAX_DEFINITIONS = 50;

/** What no document may exceed whatever its variables are. They read no schema, so they also hold where one is broken. */
export const DOCUMENT_RULES: readonly ValidationRule[] = [
  limitDefinitions,
  limitAliases,
  limitDepth,
  refuseConditionalSubscriptions,
];

export function tooComplex(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'TOO_COMPLEX', http: { status: 400 } } });
}

function limitDefinitions(context: Parameters<ValidationRule>[0]): ReturnType<ValidationRule> {
  return {
    Document(document) {
      if (document.definitions.length > MAX_DEFINITIONS) {
        context.reportError(tooComplex(`A document holds at most ${MAX_DEFINITIONS} operations and fragments.`));
      }
    },
  };
}

function limitAliases(context: Parameters<ValidationRule>[0]): ReturnType<ValidationRule> {
  let aliases = 0;
  return {
    Field({ alias }) {
      if (alias === undefined) return;
      aliases += 1;
      if (aliases === MAX_ALIASES + 1) {
        context.reportError(tooComplex(`A document holds at most ${MAX_ALIASES} aliases.`));
      }
    },
  };
}

function limitDepth(context: Parameters<ValidationRule>[0]): ReturnType<ValidationRule> {
  return {
    Document(document) {
      const depthOf = depthMeter(document);
      const tooDeep = document.definitions.some(
        (definition) => definition.kind === Kind.OPERATION_DEFINITION && depthOf(definition.selectionSet) > MAX_DEPTH,
      );
      if (tooDeep) context.reportError(tooComplex(`Fields may stand at most ${MAX_DEPTH} deep.`));
    },
  };
}

/** A subscription has one root field, always: one that may be left out has nothing to subscribe to. */
function refuseConditionalSubscriptions(context: Parameters<ValidationRule>[0]): ReturnType<ValidationRule> {
  return {
    OperationDefinition({ operation, selectionSet }) {
      const conditional = selectionSet.selections.some(({ directives }) =>
        directives?.some(({ name }) => name.value === 'skip' || name.value === 'include'),
      );
      if (operation !== 'subscription' || !conditional) return;
      const extensions = { code: 'GRAPHQL_VALIDATION_FAILED', http: { status: 400 } };
      context.reportError(new GraphQLError('A subscription may not skip or include its root field.', { extensions }));
    },
  };
}

/** Measures each fragment once, so that fragments within fragments cost no more than they are long. */
function depthMeter(document: DocumentNode): (selections: SelectionSetNode) => number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, number>();

  const depthOfFragment = (name: string): number => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    // Stands in while the fragment is measured: one that holds itself is reported by another rule.
    measured.set(name, 0);
    const fragment = fragments.get(name);
    const depth = fragment === undefined ? 0 : depthOf(fragment.selectionSet);
    measured.set(name, depth);
    return depth;
  };

  const depthOf = ({ selections }: SelectionSetNode): number => {
    let deepest = 0;
    for (const selection of selections) {
      let depth = 0;
      if (selection.kind === Kind.FRAGMENT_SPREAD) depth = depthOfFragment(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) depth = depthOf(selection.selectionSet);
      // Questions about the schema have a limit of graphql-js's own.
      else if (selection.name.value.startsWith('__')) depth = 0;
      else depth = 1 + (selection.selectionSet === undefined ? 0 : depthOf(selection.selectionSet));
      deepest = Math.max(deepest, depth);
    }
    return deepest;
  };
  return depthOf;
}
