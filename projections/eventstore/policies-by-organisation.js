// Server-side projection of EventStoreDB: one state per organisation, with its policies in the order of creation.
// It reads $all by event type, so that no system projection is needed and an append stays one write. Events of other
// categories belong to no partition, and their handlers are not run. It emits nothing.
const isOurs = (event) => event.streamId.startsWith('organisation-') || event.streamId.startsWith('policy-');

fromAll()
  .partitionBy((event) => (isOurs(event) ? event.data.organisationId : undefined))
  .when({
    $init: () => ({ organisationId: null, slug: null, policies: [] }),
    OrganisationRegistered: (state, event) => {
      state.organisationId = event.data.organisationId;
      state.slug = event.data.slug;
      return state;
    },
    PolicyCreated: (state, event) => {
      state.organisationId = event.data.organisationId;
      state.policies.push({ policyId: event.data.policyId, slug: event.data.slug, kind: event.data.kind });
      return state;
    },
  });
