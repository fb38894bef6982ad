#!/usr/bin/env node
process.exitCode = require('../dist/lib/cli.js').main(process.argv.slice(2));
