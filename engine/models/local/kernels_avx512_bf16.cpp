#define ASSAY_ISA avx512_bf16
#define ASSAY_ISA_NAME "avx512_bf16"
#include "models/local/kernels_avx512.h"
