// For every Node: an old one must be able to read this file, so it has no syntax newer than ECMAScript 5.
'use strict';
var minimum = [20, 18, 1];
var running = process.versions.node.split('.').map(Number);
function isOld() {
  var i;
  for (i = 0; i < minimum.length; i += 1) {
    if (running[i] !== minimum[i]) return running[i] < minimum[i];
  }
  return false;
}
if (isOld()) {
  process.stderr.write(
    'error: peep needs Node.js ' +
      minimum.join('.') +
      ' or newer, and ' +
      process.execPath +
      ' is ' +
      process.versions.node +
      '\n' +
      'hint: Install a newer Node, or install peep with its extra `node`, or set PEEP_NODE to the path of a newer Node.\n',
  );
  process.exitCode = 1;
} else {
  require('./load.cjs');
}
