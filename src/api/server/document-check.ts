import {
  type DocumentNode,
  GraphQLBoolean,
  GraphQLError,
  GraphQLFloat,
  GraphQLInt,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  Lexer,
  NoSchemaIntrospectionCustomRule,
  type OperationDefinitionNode,
  parse,
  Source,
  specifiedRules,
  TokenKind,
  type TypeNode,
  type ValidationRule,
  validate,
} from 'graphql';
import { type ComplexityEstimatorArgs, getComplexity } from 'graphql-query-complexity';
import { BoundedCache } from '../../application/bounded-cache';
import { DOCUMENT_RULES, tooComplex } from './document-rules';

/** Words and signs of one document. A question about the whole schema has about 500. */
export const MAX_TOKENS = 4_000;
/**
 * Brackets within brackets of a document that does not parse. They are read by functions within functions, which run out
 * of stack before the words and signs are too many.
 */
const MAX_NESTING = 200;
/** Fields that an answer may hold, lists counted by the page size asked for. */
export const MAX_COMPLEXITY = 10_000;
/** Page sizes of connections, 1 to this. */
export const MAX_PAGE_SIZE = 100;
/** Page size that is counted where none is given and the schema has no default. */
const ASSUMED_PAGE_SIZE = 20;
/** The first of them that is given counts: where both are, `first` is ignored. */
const PAGE_ARGUMENTS = ['last', 'first'];

/**
 * What every document has to pass before it runs, the same over HTTP, WebSocket and event streams. Apollo's own
 * options and plugins reach HTTP alone, so it is handed the parts of this check instead: {@link parseOptions},
 * {@link rules}, {@link validationOptions} and {@link checkComplexity}; the other transports call {@link checkDocument}.
 */
export interface DocumentCheck {
  readonly schema: GraphQLSchema;
  readonly parseOptions: { readonly maxTokens: number };
  /** Beside the rules of the GraphQL specification. */
  readonly rules: readonly ValidationRule[];
  /** Where the schema may not be asked for, errors do not guess at its names either. */
  readonly validationOptions: { readonly hideSuggestions: boolean };
  /** Operations whose size is known to be allowed, whatever their variables are. */
  readonly counted: WeakSet<OperationDefinitionNode>;
  /** Documents that were found good, by their text. */
  readonly kept: BoundedCache<DocumentNode>;
}

export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

export type CheckedDocument =
  | { readonly kind: 'good'; readonly document: DocumentNode; readonly operation: OperationDefinitionNode }
  | { readonly kind: 'bad'; readonly errors: readonly [GraphQLError, ...GraphQLError[]] };

export function createDocumentCheck(schema: GraphQLSchema, introspection: boolean): DocumentCheck {
  const rules = introspection ? DOCUMENT_RULES : [...DOCUMENT_RULES, NoSchemaIntrospectionCustomRule];
  return {
    schema,
    parseOptions: { maxTokens: MAX_TOKENS },
    rules,
    validationOptions: { hideSuggestions: !introspection },
    counted: new WeakSet(),
    kept: new BoundedCache(MAX_KEPT_CHARACTERS),
  };
}

/** Characters of the documents that are kept parsed: thousands of clients send the same few. */
const MAX_KEPT_CHARACTERS = 250_000;

/** Parses and checks a document whole. Codes: GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED and those of {@link checkOperation}. */
export function checkDocument(check: DocumentCheck, request: OperationRequest): CheckedDocument {
  const document = validated(check, request.query);
  if (Array.isArray(document)) return { kind: 'bad', errors: document };
  const operation = getOperationAST(document, request.operationName);
  if (!operation) {
    return { kind: 'bad', errors: [operationUnclear()] };
  }
  const error = checkOperation(check, document, operation, request.variables);
  return error === undefined ? { kind: 'good', document, operation } : { kind: 'bad', errors: [error] };
}

/** The same text is the same document, for as long as it is kept. */
function validated(check: DocumentCheck, query: string): DocumentNode | [GraphQLError, ...GraphQLError[]] {
  const kept = check.kept.get(query);
  if (kept) return kept;
  const document = parsed(check, query);
  if (document instanceof GraphQLError) return [document];
  const [invalid, ...others] = validate(
    check.schema,
    document,
    [...check.rules, ...specifiedRules],
    check.validationOptions,
  );
  if (invalid !== undefined) return [withCode(invalid, 'GRAPHQL_VALIDATION_FAILED'), ...others.map(asInvalid)];
  check.kept.set(query, document, query.length);
  return document;
}

/**
 * What depends on the operation chosen and its variables: that they have the types they are declared with, page sizes,
 * and how much is asked for. Codes: BAD_USER_INPUT, TOO_COMPLEX, or that of the scalar that refused a value.
 */
export function checkOperation(
  check: DocumentCheck,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: OperationRequest['variables'],
): GraphQLError | undefined {
  const { errors } = getVariableValues(check.schema, operation.variableDefinitions ?? [], variables ?? {}, {
    maxErrors: 1,
  });
  if (errors?.[0] !== undefined) return asBadUserInput(errors[0]);
  return checkComplexity(check, document, operation, variables);
}

/**
 * Page sizes, and how much is asked for. Where no variable can change that, a document that was found good once is
 * good from then on: counting takes longer than most answers.
 *
 * Variables of wrong types are passed over where the count was not made again: executing the operation refuses them.
 */
export function checkComplexity(
  check: DocumentCheck,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: OperationRequest['variables'],
): GraphQLError | undefined {
  if (check.counted.has(operation)) return undefined;
  const error = tooComplexError(check, document, operation, variables);
  if (error === undefined && !operation.variableDefinitions?.some(({ type }) => mayChangeCount(type))) {
    check.counted.add(operation);
  }
  return error;
}

/** Variables that can be a page size, leave a part out, or be a list: text and what scalars make of it are not. */
function mayChangeCount(type: TypeNode): boolean {
  if (type.kind === Kind.NON_NULL_TYPE) return mayChangeCount(type.type);
  return type.kind === Kind.LIST_TYPE || COUNTING_TYPES.has(type.name.value);
}

const COUNTING_TYPES: ReadonlySet<string> = new Set([GraphQLInt.name, GraphQLFloat.name, GraphQLBoolean.name]);

function tooComplexError(
  { schema }: DocumentCheck,
  query: DocumentNode,
  operation: OperationDefinitionNode,
  variables: OperationRequest['variables'],
): GraphQLError | undefined {
  try {
    const operationName = operation.name?.value;
    const complexity = getComplexity({
      schema,
      query,
      variables: { ...variables },
      // Counted by the meter, which answers with a code.
      maxQueryNodes: Number.POSITIVE_INFINITY,
      estimators: [complexityMeter()],
      ...(operationName === undefined ? {} : { operationName }),
    });
    return complexity > MAX_COMPLEXITY ? tooMuchAsked() : undefined;
  } catch (error) {
    if (error instanceof GraphQLError) return asBadUserInput(error);
    throw error;
  }
}

/**
 * Fields that cost more than others: a text may have a megabyte, comparing two of them takes a second, an audit counts
 * everybody, its lists look at many people to find a few, and a proof looks up some forty rows and checks signatures.
 */
const WEIGHTS: Readonly<Record<string, number>> = {
  text: 50,
  sections: 900,
  audit: 300,
  checkpoint: 20,
  inclusionProof: 50,
  consistencyProof: 50,
  organisationAudit: 1_000,
  people: 300,
  timeline: 3_000,
  explanation: 100,
};

/** A field costs one, some more, and, as often as its list may hold them, what is asked of its items. */
function complexityMeter(): (field: ComplexityEstimatorArgs) => number {
  let fields = 0;
  return ({ args, childComplexity, field }) => {
    fields += 1;
    // A few fragments within fragments can stand for millions of fields.
    if (fields > MAX_COMPLEXITY) throw tooMuchAsked();
    return (WEIGHTS[field.name] ?? 1) + childComplexity * listSize(field, args);
  };
}

function listSize(field: ComplexityEstimatorArgs['field'], args: ComplexityEstimatorArgs['args']): number {
  const sizes = PAGE_ARGUMENTS.filter((name) => field.args.some((argument) => argument.name === name));
  for (const name of sizes) {
    const size: unknown = args[name];
    if (typeof size === 'number' && (size < 1 || size > MAX_PAGE_SIZE)) {
      throw new GraphQLError(`"${name}" of ${field.name} is 1 to ${MAX_PAGE_SIZE}.`);
    }
  }
  const given = sizes.map((name): unknown => args[name]).find((size) => typeof size === 'number');
  if (typeof given === 'number') return given;
  if (sizes.length > 0) return ASSUMED_PAGE_SIZE;
  const lists = Object.values<unknown>(args).filter((value) => Array.isArray(value));
  return Math.max(1, ...lists.map((list) => list.length));
}

/** The document has no operation of the name given, or several and no name was given. */
export function operationUnclear(): GraphQLError {
  return new GraphQLError('Name one of the operations in the document.', {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
  });
}

/** Why a document does not parse that is too large rather than wrong; undefined: it is wrong. */
export function tooLargeToParse(document: string): GraphQLError | undefined {
  const lexer = new Lexer(new Source(document));
  let open = 0;
  try {
    for (let tokens = 0; tokens <= MAX_TOKENS; tokens += 1) {
      const { kind } = lexer.advance();
      if (kind === TokenKind.EOF) return undefined;
      open += OPENING.includes(kind) ? 1 : CLOSING.includes(kind) ? -1 : 0;
      if (open > MAX_NESTING) return nestedTooDeep();
    }
    return tooManyTokens();
  } catch {
    return undefined;
  }
}

const OPENING: readonly TokenKind[] = [TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L];
const CLOSING: readonly TokenKind[] = [TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R];

function tooManyTokens(): GraphQLError {
  return tooComplex(`A document holds at most ${MAX_TOKENS} words and signs.`);
}

export function nestedTooDeep(): GraphQLError {
  return tooComplex(`Brackets may stand at most ${MAX_NESTING} deep.`);
}

function tooMuchAsked(): GraphQLError {
  return tooComplex(`An answer may hold about ${MAX_COMPLEXITY} fields, lists counted by their page size.`);
}

function parsed(check: DocumentCheck, query: string): DocumentNode | GraphQLError {
  try {
    return parse(query, check.parseOptions);
  } catch (error) {
    if (error instanceof RangeError) return nestedTooDeep();
    if (!(error instanceof GraphQLError)) throw error;
    return tooLargeToParse(query) ?? withCode(error, 'GRAPHQL_PARSE_FAILED');
  }
}

function asInvalid(error: GraphQLError): GraphQLError {
  return withCode(error, 'GRAPHQL_VALIDATION_FAILED');
}

/** What is wrong with variables, with the code for it unless a scalar gave another one. */
export function asBadUserInput(error: GraphQLError): GraphQLError {
  return withCode(error, 'BAD_USER_INPUT');
}

/** The error with a code, unless whoever made it gave it one. */
function withCode(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions, path, extensions } = error;
  return new GraphQLError(message, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    path: path ?? null,
    originalError: error,
    extensions: { code, http: { status: 400 }, ...extensions },
  });
}
