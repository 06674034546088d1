#define ASSAY_ISA avx2
#define ASSAY_ISA_NAME "avx2"
#include "train/kernels_impl.h"
