#define ASSAY_ISA avx512
#define ASSAY_ISA_NAME "avx512"
#include "models/local/kernels_avx512.h"
