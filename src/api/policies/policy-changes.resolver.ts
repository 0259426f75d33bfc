import { Arg, Ctx, ID, Resolver, Root, Subscription } from 'type-graphql';
import { Access, everyone } from '../auth/access';
import type { ApiContext } from '../context';
import { badUserInput, notFound } from '../errors';
import { found } from '../members';
import { decodeChangeCursor } from '../position';
import { closeScope, openScope } from '../scope';
import { policyNamed } from './policy.resolver';
import { type ChangesAsked, type DeliveredChange, policyChangeFeed, policyChangeView } from './policy-changes';
import { PolicyNoticeView } from './policy-notice.type';

interface PolicyChangesArgs {
  readonly organisation?: string | null;
  readonly policy?: string | null;
  readonly handle?: string | null;
  readonly after?: string | null;
}

@Resolver()
export class PolicyChangesResolver {
  @Subscription(() => PolicyNoticeView, {
    description:
      'Publications, versions coming into force, withdrawals and retirements, in order. Without `after`: from now on. A slow reader is closed and resumes from its cursor.',
    subscribe: ({ args, context }) => openFeed(args, context),
  })
  @Access(everyone)
  policyChanges(
    @Root() item: DeliveredChange,
    @Arg('organisation', () => ID, { nullable: true }) _organisation: string | null | undefined,
    @Arg('policy', () => ID, { nullable: true }) _policy: string | null | undefined,
    @Arg('handle', () => String, { nullable: true }) _handle: string | null | undefined,
    @Arg('after', () => String, { nullable: true }) _after: string | null | undefined,
    @Ctx() context: ApiContext,
  ): PolicyNoticeView {
    return policyChangeView(context, item);
  }
}

async function openFeed(args: PolicyChangesArgs, context: ApiContext): Promise<AsyncIterableIterator<DeliveredChange>> {
  await openScope(context);
  closeScope(context);
  return policyChangeFeed(context, { ...filterOf(args, context), ...afterOf(args, context) });
}

function filterOf({ organisation, policy, handle }: PolicyChangesArgs, context: ApiContext): ChangesAsked {
  const { readModels } = context;
  const head = readModels.applied();
  const owner = organisation == null ? undefined : found(readModels.organisationById(organisation, head)).id;
  if (policy == null && handle == null) return owner === undefined ? {} : { organisations: [owner] };
  if (policy != null && handle != null) throw badUserInput('Give policy or handle.');
  const row = found(policyNamed(context, head, { policy, handle }));
  if (owner !== undefined && owner !== row.organisation) throw notFound();
  return { policy: row.id };
}

function afterOf({ after }: PolicyChangesArgs, { app }: ApiContext): Pick<ChangesAsked, 'after'> {
  return after == null ? {} : { after: decodeChangeCursor(app.logId, after) };
}
