#define ASSAY_ISA avx512
#define ASSAY_ISA_NAME "avx512"
#include "train/kernels_impl.h"
