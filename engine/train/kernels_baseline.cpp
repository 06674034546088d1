#define ASSAY_ISA baseline
#define ASSAY_ISA_NAME "baseline"
#include "train/kernels_impl.h"
