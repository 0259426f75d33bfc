import { type ClassType, Field, Int, ObjectType } from 'type-graphql';
import type { Page } from '../read-models/read-models';
import { AccessDefault, asParent } from './auth/access';
import type { ApiContext } from './context';
import { encodeListCursor, type OpenList } from './list-cursor';

@ObjectType({ description: 'Where a page stands in its list.', simpleResolvers: true })
@AccessDefault(asParent)
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage!: boolean;

  @Field(() => Boolean)
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true })
  startCursor!: string | null;

  @Field(() => String, { nullable: true })
  endCursor!: string | null;
}

/** A page of a list, as Relay's cursor connections have it. */
export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[];
  readonly nodes: readonly Node[];
  readonly pageInfo: PageInfo;
  readonly totalCount: number | undefined;
}

export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

/** The GraphQL types `<name>Connection` and `<name>Edge` of a list of `node`. */
export function connectionType<Node extends object>(
  name: string,
  node: () => ClassType<Node>,
): ClassType<Connection<Node>> {
  @ObjectType(`${name}Edge`, { simpleResolvers: true })
  @AccessDefault(asParent)
  class NodeEdge {
    @Field(() => String)
    cursor!: string;

    @Field(node)
    node!: Node;
  }

  @ObjectType(`${name}Connection`, { simpleResolvers: true })
  @AccessDefault(asParent)
  class NodeConnection {
    @Field(() => [NodeEdge])
    edges!: NodeEdge[];

    @Field(() => [node()])
    nodes!: Node[];

    @Field(() => PageInfo)
    pageInfo!: PageInfo;

    @Field(() => Int, { nullable: true, description: 'Rows of the whole list; null where they are not counted.' })
    totalCount!: number | undefined;
  }

  return NodeConnection;
}

/** The page of a list as a connection; `key` is what the list goes on after. */
export function connectionOf<Row, Node>(
  context: ApiContext,
  list: OpenList,
  page: Omit<Page<Row>, 'totalCount'> & { readonly totalCount: number | undefined },
  { key, node }: { readonly key: (row: Row) => number; readonly node: (row: Row) => Node },
): Connection<Node> {
  const edges = page.rows.map((row) => ({ cursor: encodeListCursor(context, list, key(row)), node: node(row) }));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: page.hasMore,
      hasPreviousPage: list.after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: page.totalCount,
  };
}
