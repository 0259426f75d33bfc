// Server-side projection of EventStoreDB: how much there is, in one small state. It emits nothing.
const one = (name) => (state) => {
  state[name] += 1;
  return state;
};

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
  OrganisationRegistered: one('organisations'),
  PolicyCreated: one('policies'),
  PolicyVersionPublished: one('versionsPublished'),
  PolicyVersionImported: one('versionsImported'),
  PolicyVersionImportRevoked: one('importsRevoked'),
  PolicyRetirementImportRevoked: one('importsRevoked'),
  PolicyVersionWithdrawn: one('versionsWithdrawn'),
  PolicyRetired: one('retirements'),
  PolicyRetirementImported: one('retirements'),
  PolicyTemplateCreated: one('templates'),
});
