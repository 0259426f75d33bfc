import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { DecisionRow as Row } from '../../application/imports/decision-rows';
import { importDecisionRows } from '../../application/imports/import-decisions';
import { encodePosition } from '../../application/position-text';
import { requestOf, settle } from '../acting';
import { Access } from '../auth/access';
import type { ApiContext } from '../context';
import { given } from '../given';
import { inOrganisation } from '../members';
import { type DecisionRow, DecisionsImportInput } from './decisions-import.input';
import { DecisionsImportPayload, type WarningView } from './people-payloads.type';

@Resolver()
export class DecisionsImportResolver {
  @Mutation(() => DecisionsImportPayload, {
    description: 'By a service: old notices, acceptances and consents with their old dates. All rows or none.',
  })
  @Access(inOrganisation(['service']))
  async decisionsImport(
    @Arg('input', () => DecisionsImportInput) input: DecisionsImportInput,
    @Ctx() context: ApiContext,
  ): Promise<DecisionsImportPayload> {
    const { organisation: organisationId, rows, dryRun = false } = given(input);
    const { app, readModels } = context;
    const warnings: WarningView[] = [];
    const { imported, repeated, position } = await importDecisionRows(app, await requestOf(context, input), {
      organisationId,
      rows: rows.map(rowOf),
      dryRun,
      policyOfVersion: async (id) => readModels.versionById(id, readModels.applied())?.policy,
      onWarned: ({ row, code, message }) =>
        warnings.push({ code, message, path: ['rows', String(row - 1), 'occurredAt'] }),
    });
    // A dry run answers where it looked.
    if (position === undefined) {
      return {
        imported,
        repeated,
        userErrors: [],
        warnings,
        position: encodePosition(app.logId, readModels.applied().position),
      };
    }
    const { said } = await settle(context, position, organisationId);
    return { imported, repeated, warnings: inOrder(warnings), ...said };
  }
}

/** People are written side by side. */
function inOrder(warnings: readonly WarningView[]): readonly WarningView[] {
  return [...warnings].sort((a, b) => Number(a.path[1]) - Number(b.path[1]));
}

function rowOf(input: DecisionRow): Row {
  return { ...given(input) };
}
