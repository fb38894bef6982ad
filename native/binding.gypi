# The CPU part of squared_emd.node as node-gyp builds it: when a checkout is installed (binding.gyp), and by `npx squared-emd
# build` from the sources in the published package (native/binding.gyp). CMakeLists.txt is the developers' build.
# There is one static library per instruction set, because gyp has no flags per file.
{
  'target_defaults': {
    'include_dirs': ['<!(node -p "require(\'node-addon-api\').include_dir")'],
    'defines': [
      'NAPI_VERSION=8',
      'NODE_ADDON_API_CPP_EXCEPTIONS_ALL',
      'NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED',
      'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
    ],
    # The last is GCC's (see CMakeLists.txt); clang warns that it does not use it.
    'cflags': [
      '-O3', '-Wall', '-Wextra', '-Werror=switch', '-fvisibility=hidden', '-fno-math-errno', '-ffp-contract=off',
      '--param=inline-unit-growth=400',
    ],
    'cflags_cc!': ['-fno-exceptions', '-std=gnu++17', '-std=gnu++20'],
    'cflags_cc': ['-std=c++17', '-fvisibility-inlines-hidden'],
    'xcode_settings': {
      'CLANG_CXX_LANGUAGE_STANDARD': 'c++17',
      'CLANG_CXX_LIBRARY': 'libc++',
      'GCC_ENABLE_CPP_EXCEPTIONS': 'YES',
      'GCC_OPTIMIZATION_LEVEL': '3',
      'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
      'MACOSX_DEPLOYMENT_TARGET': '11.0',
      'OTHER_CPLUSPLUSFLAGS': ['-Wall', '-Wextra', '-Werror=switch', '-fno-math-errno', '-ffp-contract=off'],
    },
    'msvs_settings': {
      'VCCLCompilerTool': {
        'AdditionalOptions': ['/std:c++17', '/we4062', '/fp:precise'],
        'ExceptionHandling': 1,
      },
    },
    'conditions': [
      ['OS=="win"', {'defines': ['_HAS_EXCEPTIONS=1', 'NOMINMAX'], 'defines!': ['_HAS_EXCEPTIONS=0']}],
    ],
  },
  'targets': [
    {
      'target_name': 'squared_emd',
      'sources': ['<!@(<(sources_of) napi)', '<!@(<(sources_of) cpu)'],
      'dependencies': ['kernels_baseline'],
      'conditions': [
        ['target_arch=="x64"', {'dependencies': ['kernels_avx2', 'kernels_avx512']}],
        # Threads of the pool may still run when the last worker that loaded the addon ends.
        ['OS=="linux"', {'ldflags': ['-Wl,-z,nodelete', '-Wl,--exclude-libs,ALL']}],
      ],
    },
    {
      'target_name': 'kernels_baseline',
      'type': 'static_library',
      'sources': ['<!@(<(sources_of) cpu_baseline)'],
    },
  ],
  'conditions': [
    ['target_arch=="x64"', {
      'targets': [
        {
          'target_name': 'kernels_avx2',
          'type': 'static_library',
          'sources': ['<!@(<(sources_of) cpu_avx2)'],
          'cflags': ['-mavx2', '-mfma'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['-mavx2', '-mfma']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/arch:AVX2']}},
        },
        {
          'target_name': 'kernels_avx512',
          'type': 'static_library',
          'sources': ['<!@(<(sources_of) cpu_avx512)'],
          'variables': {
            'avx512': [
              '-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma', '-mprefer-vector-width=512',
            ],
          },
          'cflags': ['<@(avx512)'],
          'xcode_settings': {'OTHER_CPLUSPLUSFLAGS': ['<@(avx512)']},
          'msvs_settings': {'VCCLCompilerTool': {'AdditionalOptions': ['/arch:AVX512']}},
        },
      ],
    }],
  ],
}
