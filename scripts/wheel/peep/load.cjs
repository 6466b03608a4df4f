import('./peep.mjs');
