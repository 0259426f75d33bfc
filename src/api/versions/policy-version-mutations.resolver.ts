import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Written } from '../../application/application';
import {
  addVersionLocale,
  importVersion,
  publishVersion,
  revokeImport,
  withdrawVersion,
} from '../../application/policy-versions';
import { requestOf, settle } from '../acting';
import { Access } from '../auth/access';
import type { ApiContext } from '../context';
import { given } from '../given';
import { found, ofPolicy, ofVersion } from '../members';
import {
  PolicyVersionImportInput,
  PolicyVersionImportRevokeInput,
  PolicyVersionLocaleAddInput,
  PolicyVersionPublishInput,
  PolicyVersionWithdrawInput,
} from './policy-version.input';
import { PolicyVersionNode } from './policy-version.type';
import { PolicyVersionPayload } from './policy-version-payload.type';
import { type LocalisedText, statementOf } from './processing-statement.input';

@Resolver()
export class PolicyVersionMutationsResolver {
  @Mutation(() => PolicyVersionPayload, { description: 'By a publisher: the draft becomes the next version.' })
  @Access(ofPolicy(['publisher']))
  async policyVersionPublish(
    @Arg('input', () => PolicyVersionPublishInput) input: PolicyVersionPublishInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyVersionPayload> {
    const { policy: policyId, expectedVersion: expectedRevision, idempotencyKey: _, ...terms } = given(input);
    const { blocking = false, graceDays = 0, renewalPurposes = [], summaries } = terms;
    const request = await requestOf(context, input);
    const written = await publishVersion(context.app, request, {
      ...terms,
      policyId,
      expectedRevision,
      blocking,
      graceDays,
      renewalPurposes,
      summaries: summaries.map(localised),
    });
    return payload(context, written, policyId);
  }

  @Mutation(() => PolicyVersionPayload, { description: "By a publisher: a version of the policy's past." })
  @Access(ofPolicy(['publisher']))
  async policyVersionImport(
    @Arg('input', () => PolicyVersionImportInput) input: PolicyVersionImportInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyVersionPayload> {
    const { policy: policyId, idempotencyKey: _, statement, ...version } = given(input);
    const { reasons = [], summaries = [], renewalPurposes = [] } = version;
    const request = await requestOf(context, input);
    const written = await importVersion(context.app, request, {
      ...version,
      policyId,
      reasons,
      renewalPurposes,
      summaries: summaries.map(localised),
      ...(statement !== undefined && { statement: statementOf(statement) }),
    });
    return payload(context, written, policyId);
  }

  @Mutation(() => PolicyVersionPayload, { description: 'By a publisher: takes a wrongly dated import out.' })
  @Access(ofVersion(['publisher']))
  async policyVersionImportRevoke(
    @Arg('input', () => PolicyVersionImportRevokeInput) input: PolicyVersionImportRevokeInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyVersionPayload> {
    const { version: versionId, reason } = input;
    const policyId = policyOfVersion(context, versionId);
    const request = await requestOf(context, input);
    return payload(context, await revokeImport(context.app, request, { policyId, versionId, reason }), policyId);
  }

  @Mutation(() => PolicyVersionPayload, {
    description: 'By a publisher; where approval is required, by one who wrote none of the version.',
  })
  @Access(ofVersion(['publisher']))
  async policyVersionLocaleAdd(
    @Arg('input', () => PolicyVersionLocaleAddInput) input: PolicyVersionLocaleAddInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyVersionPayload> {
    const { version: versionId, locale, format, text } = input;
    const policyId = policyOfVersion(context, versionId);
    const request = await requestOf(context, input);
    const added = { policyId, versionId, locale, format, text };
    return payload(context, await addVersionLocale(context.app, request, added), policyId);
  }

  @Mutation(() => PolicyVersionPayload, { description: 'By a publisher. It cannot be taken back.' })
  @Access(ofVersion(['publisher']))
  async policyVersionWithdraw(
    @Arg('input', () => PolicyVersionWithdrawInput) input: PolicyVersionWithdrawInput,
    @Ctx() context: ApiContext,
  ): Promise<PolicyVersionPayload> {
    const { version: versionId, from, reason, voidsDecisions = false } = given(input);
    const policyId = policyOfVersion(context, versionId);
    const request = await requestOf(context, input);
    const withdrawal = { policyId, versionId, reason, voidsDecisions, ...(from !== undefined && { from }) };
    return payload(context, await withdrawVersion(context.app, request, withdrawal), policyId);
  }
}

function policyOfVersion({ readModels }: ApiContext, id: string): string {
  return found(readModels.versionById(id, readModels.applied())).policy;
}

function localised({ locale, text }: LocalisedText) {
  return { locale, text };
}

async function payload(
  context: ApiContext,
  { id, position }: Written,
  policyId: string,
): Promise<PolicyVersionPayload> {
  const { readModels } = context;
  const policy = found(readModels.policyById(policyId, readModels.applied()));
  const { scope, said } = await settle(context, position, policy.organisation);
  const row = found(readModels.versionById(id, scope.head));
  return { ...said, version: new PolicyVersionNode(row, found(readModels.policyById(policyId, scope.head)), scope) };
}
