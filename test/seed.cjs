// Generated tests take the same cases every time, so that a failure is the change's. PROPERTY_SEED=random (or a number)
// looks at others: failures print the seed that brings them back.
const fc = require('fast-check');

const given = process.env.PROPERTY_SEED;
if (given !== 'random') fc.configureGlobal({ seed: given === undefined ? 20261120 : Number(given) });
