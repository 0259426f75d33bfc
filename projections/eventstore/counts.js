// Server-side projection of EventStoreDB: how much there is, in one small state. Streams of other categories do not
// count, whatever they hold. It emits nothing.
const oneIn = (category) => (name) => (state, event) => {
  if (event.streamId.startsWith(category)) state[name] += 1;
  return state;
};

const inOrganisation = oneIn('organisation-');
const inPolicy = oneIn('policy-');
const inTemplate = oneIn('template-');

fromAll().when({
  $init: () => ({
    organisations: 0,
    policies: 0,
    versionsPublished: 0,
    versionsImported: 0,
    importsRevoked: 0,
    versionsWithdrawn: 0,
    retirements: 0,
    templates: 0,
  }),
  OrganisationRegistered: inOrganisation('organisations'),
  PolicyCreated: inPolicy('policies'),
  PolicyVersionPublished: inPolicy('versionsPublished'),
  PolicyVersionImported: inPolicy('versionsImported'),
  PolicyVersionImportRevoked: inPolicy('importsRevoked'),
  PolicyRetirementImportRevoked: inPolicy('importsRevoked'),
  PolicyVersionWithdrawn: inPolicy('versionsWithdrawn'),
  PolicyRetired: inPolicy('retirements'),
  PolicyRetirementImported: inPolicy('retirements'),
  PolicyTemplateCreated: inTemplate('templates'),
});
