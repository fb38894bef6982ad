# The published package has none here, which npm would run.
{
  'variables': {'sources_of': 'node native/list-sources.js'},
  'includes': ['native/binding.gypi'],
}
