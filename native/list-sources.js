// Prints the files of a group of sources.json, one per line, as paths from the current folder: `node native/list-sources.js
// cpu`. CMake expands the patterns by itself.
const { readdirSync } = require('node:fs');
const { basename, dirname, extname, join, relative } = require('node:path').posix;
const groups = require('./sources.json');

const root = join(__dirname.replace(/\\/g, '/'), '..');

/** The files that match a pattern: a path, `folder/*.cpp`, or with subfolders `folder/** /*.cpp` (without the space). */
function expand(pattern) {
  if (!pattern.includes('*')) return [pattern];
  const below = pattern.includes('/**/');
  const folder = dirname(pattern.replace('/**/', '/'));
  const ending = extname(basename(pattern));
  return readdirSync(join(root, folder), { recursive: below, encoding: 'utf8' })
    .map((name) => join(folder, name.replace(/\\/g, '/')))
    .filter((path) => extname(path) === ending)
    .sort();
}

const sourcesOf = (group) => groups[group].flatMap(expand);

module.exports = { sourcesOf };

if (require.main === module) {
  const here = process.cwd().replace(/\\/g, '/');
  console.log(
    sourcesOf(process.argv[2])
      .map((path) => relative(here, join(root, path)))
      .join('\n'),
  );
}
