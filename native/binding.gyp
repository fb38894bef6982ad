{
  'variables': {'sources_of': 'node list-sources.js'},
  'includes': ['binding.gypi'],
}
