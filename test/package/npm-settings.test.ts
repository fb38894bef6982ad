// What npm says about this checkout, whatever command it is asked for.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { skip } from '../support/skip.js';

const test = suite('npm settings');

const root = join(__dirname, '../../..');
const npm = (...parameters: string[]) =>
  spawnSync('npm', parameters, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });

test('no command warns of a setting of the project', () => {
  const { status, stdout, stderr } = npm('pkg', 'get', 'name');
  assert.is(status, 0, stderr);
  assert.is(stdout.trim(), '"squared-emd"');
  assert.not.match(stderr, /project config/);
});

// Only npm from 11.16 on asks about install scripts.
const reviewed = "dependencies' install scripts are allowed or denied, each of them";
if (npm('install-scripts', '--help').status !== 0) {
  skip(test, reviewed, 'this npm knows no approval of install scripts');
} else {
  test(reviewed, () => {
    const { status, stdout, stderr } = npm('install-scripts', 'ls', '--json');
    assert.is(status, 0, stderr);
    assert.equal(JSON.parse(stdout).allowScripts, []);
  });
}

test.run();
