// Part of kernels_impl.h: attention that never writes the whole matrix of scores (after Dao, arXiv 2307.08691).
//
// Everything is kept transposed, keys down and 64 queries across, so that the softmax needs no horizontal sums and each
// product has the same shape: rows [m, k] times a panel [k, 64]. Where the CPU multiplies pairs of bfloat16, a panel
// interleaves two rows of k.
#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

namespace assay::train::ASSAY_ISA {

inline constexpr int64_t kPanel = 64;

#ifdef __AVX512BF16__
inline constexpr bool kMultipliesBf16 = true;
#else
inline constexpr bool kMultipliesBf16 = false;
#endif

/// The type that products of T read: bfloat16 where the CPU multiplies it, else the accumulating type.
template <class T, bool native = kMultipliesBf16>
struct Operand {
  using type = typename Accumulate<T>::type;
};
template <>
struct Operand<bfloat16, true> {
  using type = bfloat16;
};

#ifdef __AVX512F__
inline constexpr int kVectorBytes = 64;
inline constexpr int kVectors = 4;
#else
inline constexpr int kVectorBytes = 32;
inline constexpr int kVectors = 2;
#endif

/// c[m, 64] (+)= a[m, k] · b[k, 64]; m is a multiple of 4.
template <class A>
void multiply(A* c, const A* a, int64_t lda, const A* b, int64_t m, int64_t k, bool add) {
  typedef A Vector __attribute__((vector_size(kVectorBytes), aligned(alignof(A)), may_alias));
  constexpr int64_t lanes = kVectorBytes / sizeof(A);
  constexpr int64_t span = lanes * kVectors;
  for (int64_t i = 0; i < m; i += 4) {
    for (int64_t j = 0; j < kPanel; j += span) {
      Vector sum[4][kVectors];
#pragma GCC unroll 4
      for (int r = 0; r < 4; ++r) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          sum[r][v] = add ? *reinterpret_cast<const Vector*>(c + (i + r) * kPanel + j + v * lanes) : Vector{};
        }
      }
      for (int64_t p = 0; p < k; ++p) {
        Vector right[kVectors];
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) right[v] = *reinterpret_cast<const Vector*>(b + p * kPanel + j + v * lanes);
#pragma GCC unroll 4
        for (int r = 0; r < 4; ++r) {
          const A left = a[(i + r) * lda + p];
#pragma GCC unroll 4
          for (int v = 0; v < kVectors; ++v) sum[r][v] += left * right[v];
        }
      }
#pragma GCC unroll 4
      for (int r = 0; r < 4; ++r) {
#pragma GCC unroll 4
        for (int v = 0; v < kVectors; ++v) {
          *reinterpret_cast<Vector*>(c + (i + r) * kPanel + j + v * lanes) = sum[r][v];
        }
      }
    }
  }
}

#ifdef __AVX512BF16__
inline void multiply(float* c, const bfloat16* a, int64_t lda, const bfloat16* b, int64_t m, int64_t k, bool add) {
  for (int64_t i = 0; i < m; i += 4) {
    __m512 sum[4][4];
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) {
        sum[r][v] = add ? _mm512_loadu_ps(c + (i + r) * kPanel + v * 16) : _mm512_setzero_ps();
      }
    }
    for (int64_t p = 0; p < k; p += 2) {
      __m512bh right[4];
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) right[v] = (__m512bh)_mm512_loadu_si512(b + p * kPanel + v * 32);
#pragma GCC unroll 4
      for (int r = 0; r < 4; ++r) {
        int32_t pair;
        ::memcpy(&pair, a + (i + r) * lda + p, sizeof pair);
        const __m512bh left = (__m512bh)_mm512_set1_epi32(pair);
#pragma GCC unroll 4
        for (int v = 0; v < 4; ++v) sum[r][v] = _mm512_dpbf16_ps(sum[r][v], left, right[v]);
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < 4; ++r) {
#pragma GCC unroll 4
      for (int v = 0; v < 4; ++v) _mm512_storeu_ps(c + (i + r) * kPanel + v * 16, sum[r][v]);
    }
  }
}
#endif

/// panel[k, 64] from 64 rows of length k: its transpose.
template <class E>
void pack_transposed(const E* rows, int64_t stride, int64_t k, E* panel) {
  for (int64_t p = 0; p < k; ++p) {
    for (int64_t c = 0; c < kPanel; ++c) panel[p * kPanel + c] = rows[c * stride + p];
  }
}
inline void pack_transposed(const bfloat16* rows, int64_t stride, int64_t k, bfloat16* panel) {
  auto* out = reinterpret_cast<uint32_t*>(panel);
  for (int64_t c = 0; c < kPanel; ++c) {
    for (int64_t p = 0; p < k / 2; ++p) {
      uint32_t pair;
      ::memcpy(&pair, rows + c * stride + 2 * p, sizeof pair);
      out[p * kPanel + c] = pair;
    }
  }
}

/// panel[64, 64] from 64 rows of which columns column … column + 63 are taken.
template <class E>
void pack_rows(const E* rows, int64_t stride, E* panel) {
  for (int64_t p = 0; p < kPanel; ++p) ::memcpy(panel + p * kPanel, rows + p * stride, kPanel * sizeof(E));
}
inline void pack_rows(const bfloat16* rows, int64_t stride, bfloat16* panel) {
  auto* out = reinterpret_cast<uint32_t*>(panel);
  for (int64_t p = 0; p < kPanel; p += 2) {
    const bfloat16* even = rows + p * stride;
    const bfloat16* odd = even + stride;
    for (int64_t c = 0; c < kPanel; ++c) out[p / 2 * kPanel + c] = even[c].bits | (uint32_t{odd[c].bits} << 16);
  }
}

/// Two neighbouring rows of a panel at once, so that pairs are written whole.
template <class E, class A>
inline void put_pair(E* panel, int64_t row, int64_t c, A even, A odd) {
  if constexpr (sizeof(E) == 2) {
    reinterpret_cast<uint32_t*>(panel)[row / 2 * kPanel + c] = rounded_bits(even) | (rounded_bits(odd) << 16);
  } else {
    panel[row * kPanel + c] = even;
    panel[(row + 1) * kPanel + c] = odd;
  }
}

/// Rotates one head's vector by its position (Su et al., arXiv 2104.09864), the two halves of the vector being the pairs
/// as Hugging Face lays them out; what lies past them, up to `size`, is copied. `direction` -1 rotates back.
template <class In, class Out, class A>
inline void rotate(const In* x, const A* cos, const A* sin, int64_t half, int64_t size, A direction, Out* out) {
  for (int64_t i = 0; i < half; ++i) {
    const A a = widen(x[i]);
    const A b = widen(x[half + i]);
    const A s = sin[i] * direction;
    narrow(a * cos[i] - b * s, out[i]);
    narrow(b * cos[i] + a * s, out[half + i]);
  }
  for (int64_t i = 2 * half; i < size; ++i) narrow(static_cast<A>(widen(x[i])), out[i]);
}

/// One sequence and one of its heads inside the rows of [query heads | key heads | value heads].
template <class T>
struct Layout {
  using A = typename Accumulate<T>::type;
  using E = typename Operand<T>::type;

  const AttentionShape<A>& shape;
  int64_t start, length, padded, kv;
  int64_t size = shape.head_size;
  int64_t padded_size = (size + kPanel - 1) / kPanel * kPanel;
  int64_t half = shape.rotary_size / 2;
  /// A query at t sees keys from t - reach on.
  int64_t reach = shape.window > 0 ? shape.window - 1 : INT64_MAX / 2;
  int64_t stride = (shape.heads + 2 * shape.kv_heads) * size;
  int64_t out_stride = shape.heads * size;

  Layout(const AttentionShape<A>& s, const int64_t* starts, int64_t unit)
      : shape(s),
        start(starts[unit / s.kv_heads]),
        length(starts[unit / s.kv_heads + 1] - start),
        padded((length + kPanel - 1) / kPanel * kPanel),
        kv(unit % s.kv_heads) {}

  int64_t query_column(int64_t head) const { return head * size; }
  int64_t key_column() const { return (shape.heads + kv) * size; }
  int64_t value_column() const { return (shape.heads + shape.kv_heads + kv) * size; }
  int64_t group() const { return shape.heads / shape.kv_heads; }

  /// Rows `first` … `first + count` of one head, rotated if asked, zeros past the end: [count, padded_size].
  void gather(const T* from, int64_t row_stride, int64_t column, int64_t first, int64_t count, bool rotated,
              E* to) const {
    for (int64_t t = 0; t < count; ++t) {
      E* out = to + t * padded_size;
      const int64_t used = first + t < length ? size : 0;
      if (used != 0) {
        const T* x = from + (start + first + t) * row_stride + column;
        if (rotated) {
          rotate(x, shape.cos + (first + t) * half, shape.sin + (first + t) * half, half, size, A(1), out);
        } else {
          for (int64_t i = 0; i < size; ++i) narrow(widen(x[i]), out[i]);
        }
      }
      ::memset(static_cast<void*>(out + used), 0, (padded_size - used) * sizeof(E));
    }
  }
};

/// Whether a query at `query` sees the key at `key`. The choice is made outside the loops over keys.
template <bool windowed>
inline bool seen(int64_t key, int64_t query, int64_t reach) {
  if constexpr (windowed) return (key <= query) & (key >= query - reach);
  return key <= query;
}

template <class E>
void transpose(const E* rows, int64_t count, int64_t width, E* out) {
  for (int64_t b = 0; b < count; b += 16) {
    for (int64_t i = 0; i < width; ++i) {
      for (int64_t t = b; t < b + 16; ++t) out[i * count + t] = rows[t * width + i];
    }
  }
}

template <class T, bool windowed, class A = typename Accumulate<T>::type>
void attention_over(const AttentionShape<A>& shape, const int64_t* starts, int64_t first_unit, int64_t last_unit,
                    const T* qkv, T* out, A* lse) {
  using E = typename Operand<T>::type;
  int64_t longest = 0;
  for (int64_t u = first_unit; u < last_unit; ++u) {
    const Layout<T> l(shape, starts, u);
    longest = l.padded > longest ? l.padded : longest;
  }
  const int64_t wide = (shape.head_size + kPanel - 1) / kPanel * kPanel;
  Scratch<E> keys_memory(longest * wide), values_memory(longest * wide), rows_memory(longest * wide),
      query_memory(kPanel * wide), panel_memory(wide * kPanel), weights_memory(longest * kPanel);
  Scratch<A> scores_memory(longest * kPanel), result_memory(wide * kPanel);
  E *keys = keys_memory.get(), *values = values_memory.get(), *panel = panel_memory.get(), *p = weights_memory.get();
  A *scores = scores_memory.get(), *result = result_memory.get();

  for (int64_t u = first_unit; u < last_unit; ++u) {
    const Layout<T> l(shape, starts, u);
    l.gather(qkv, l.stride, l.key_column(), 0, l.padded, true, keys);
    l.gather(qkv, l.stride, l.value_column(), 0, l.padded, false, rows_memory.get());
    transpose(rows_memory.get(), l.padded, wide, values);
    for (int64_t head = l.kv * l.group(); head < (l.kv + 1) * l.group(); ++head) {
      for (int64_t q0 = 0; q0 < l.padded; q0 += kPanel) {
        const int64_t count = q0 + kPanel;
        l.gather(qkv, l.stride, l.query_column(head), q0, kPanel, true, query_memory.get());
        pack_transposed(query_memory.get(), wide, wide, panel);
        multiply(scores, keys, wide, panel, count, wide, false);

        A top[kPanel], total[kPanel];
        for (int64_t c = 0; c < kPanel; ++c) top[c] = A(-1e30), total[c] = 0;
        for (int64_t j = 0; j < count; ++j) {
          A* s = scores + j * kPanel;
          for (int64_t c = 0; c < kPanel; ++c) {
            s[c] = seen<windowed>(j, q0 + c, l.reach) ? s[c] * shape.scale : A(-1e30);
            top[c] = s[c] > top[c] ? s[c] : top[c];
          }
        }
        for (int64_t j = 0; j < count; j += 2) {
          const A* s = scores + j * kPanel;
#pragma omp simd
          for (int64_t c = 0; c < kPanel; ++c) {
            const A even = seen<windowed>(j, q0 + c, l.reach) ? exponential(s[c] - top[c]) : A(0);
            const A odd = seen<windowed>(j + 1, q0 + c, l.reach) ? exponential(s[kPanel + c] - top[c]) : A(0);
            total[c] += even + odd;
            put_pair(p, j, c, even, odd);
          }
        }
        multiply(result, values, l.padded, p, wide, count, false);
        for (int64_t c = 0; c < kPanel && q0 + c < l.length; ++c) {
          const int64_t row = l.start + q0 + c;
          lse[row * shape.heads + head] = top[c] + logarithm(total[c]);
          const A inverse = A(1) / total[c];
          T* to = out + row * l.out_stride + l.query_column(head);
          for (int64_t i = 0; i < l.size; ++i) narrow(result[i * kPanel + c] * inverse, to[i]);
        }
      }
    }
  }
}

template <class T, class A = typename Accumulate<T>::type>
void attention(const AttentionShape<A>& shape, const int64_t* starts, int64_t first_unit, int64_t last_unit,
               const T* qkv, T* out, A* lse) {
  auto* over = shape.window > 0 ? &attention_over<T, true> : &attention_over<T, false>;
  over(shape, starts, first_unit, last_unit, qkv, out, lse);
}

template <class T, bool windowed, class A = typename Accumulate<T>::type>
void attention_backward_over(const AttentionShape<A>& shape, const int64_t* starts, int64_t first_unit,
                             int64_t last_unit, const T* qkv, const T* out, const A* lse, const T* grad_out,
                             T* grad_qkv) {
  using E = typename Operand<T>::type;
  int64_t longest = 0;
  for (int64_t u = first_unit; u < last_unit; ++u) {
    const Layout<T> l(shape, starts, u);
    longest = l.padded > longest ? l.padded : longest;
  }
  const int64_t wide = (shape.head_size + kPanel - 1) / kPanel * kPanel;
  const int64_t panels = wide / kPanel;
  Scratch<E> keys_memory(longest * wide), values_memory(longest * wide), turned_memory(longest * wide),
      query_memory(kPanel * wide), grad_memory(kPanel * wide), query_down_memory(kPanel * wide),
      grad_down_memory(kPanel * wide), query_across_memory(kPanel * wide), grad_across_memory(kPanel * wide),
      p_memory(kPanel * kPanel), ds_memory(kPanel * kPanel), ds_panel_memory(kPanel * kPanel);
  Scratch<A> scores_memory(kPanel * kPanel), dp_memory(kPanel * kPanel), dk_memory(longest * wide),
      dv_memory(longest * wide), dq_memory(wide * kPanel), head_memory(wide);
  E *keys = keys_memory.get(), *values = values_memory.get(), *turned = turned_memory.get(),
    *query = query_memory.get(), *grad = grad_memory.get(), *p = p_memory.get(), *ds = ds_memory.get(),
    *ds_panel = ds_panel_memory.get();
  A *scores = scores_memory.get(), *dp = dp_memory.get(), *dk = dk_memory.get(), *dv = dv_memory.get(),
    *dq = dq_memory.get(), *one = head_memory.get();

  for (int64_t u = first_unit; u < last_unit; ++u) {
    const Layout<T> l(shape, starts, u);
    l.gather(qkv, l.stride, l.key_column(), 0, l.padded, true, keys);
    l.gather(qkv, l.stride, l.value_column(), 0, l.padded, false, values);
    transpose(keys, l.padded, wide, turned);
    // Gradients of keys and values are [panel][padded, 64].
    ::memset(dk, 0, l.padded * wide * sizeof(A));
    ::memset(dv, 0, l.padded * wide * sizeof(A));
    for (int64_t head = l.kv * l.group(); head < (l.kv + 1) * l.group(); ++head) {
      for (int64_t q0 = 0; q0 < l.padded; q0 += kPanel) {
        l.gather(qkv, l.stride, l.query_column(head), q0, kPanel, true, query);
        l.gather(grad_out, l.out_stride, l.query_column(head), q0, kPanel, false, grad);
        pack_transposed(query, wide, wide, query_down_memory.get());
        pack_transposed(grad, wide, wide, grad_down_memory.get());
        for (int64_t b = 0; b < panels; ++b) {
          pack_rows(query + b * kPanel, wide, query_across_memory.get() + b * kPanel * kPanel);
          pack_rows(grad + b * kPanel, wide, grad_across_memory.get() + b * kPanel * kPanel);
        }
        A delta[kPanel], offset[kPanel];
        for (int64_t c = 0; c < kPanel; ++c) {
          delta[c] = offset[c] = 0;
          if (q0 + c >= l.length) continue;
          const int64_t row = l.start + q0 + c;
          const T* y = out + row * l.out_stride + l.query_column(head);
          const T* g = grad_out + row * l.out_stride + l.query_column(head);
          A dot = 0;
#pragma omp simd reduction(+ : dot)
          for (int64_t i = 0; i < l.size; ++i) dot += widen(y[i]) * widen(g[i]);
          delta[c] = dot;
          offset[c] = lse[row * shape.heads + head];
        }
        for (int64_t k0 = 0; k0 <= q0; k0 += kPanel) {
          multiply(scores, keys + k0 * wide, wide, query_down_memory.get(), kPanel, wide, false);
          multiply(dp, values + k0 * wide, wide, grad_down_memory.get(), kPanel, wide, false);
          for (int64_t j = 0; j < kPanel; j += 2) {
            const A *s = scores + j * kPanel, *d = dp + j * kPanel;
            E *p0 = p + j * kPanel, *ds0 = ds + j * kPanel;
            const int64_t ahead = k0 + j - q0;
#pragma omp simd
            for (int64_t c = 0; c < kPanel; ++c) {
              const A e0 = exponential(s[c] * shape.scale - offset[c]);
              const A e1 = exponential(s[kPanel + c] * shape.scale - offset[c]);
              const A even = seen<windowed>(ahead, c, l.reach) ? e0 : A(0);
              const A odd = seen<windowed>(ahead + 1, c, l.reach) ? e1 : A(0);
              const A g0 = even * (d[c] - delta[c]) * shape.scale;
              const A g1 = odd * (d[kPanel + c] - delta[c]) * shape.scale;
              narrow(even, p0[c]);
              narrow(odd, p0[kPanel + c]);
              narrow(g0, ds0[c]);
              narrow(g1, ds0[kPanel + c]);
              put_pair(ds_panel, j, c, g0, g1);
            }
          }
          for (int64_t b = 0; b < panels; ++b) {
            const int64_t at = (b * l.padded + k0) * kPanel;
            multiply(dv + at, p, kPanel, grad_across_memory.get() + b * kPanel * kPanel, kPanel, kPanel, true);
            multiply(dk + at, ds, kPanel, query_across_memory.get() + b * kPanel * kPanel, kPanel, kPanel, true);
          }
          multiply(dq, turned + k0, l.padded, ds_panel, wide, kPanel, k0 != 0);
        }
        for (int64_t c = 0; c < kPanel && q0 + c < l.length; ++c) {
          for (int64_t i = 0; i < l.size; ++i) one[i] = dq[i * kPanel + c];
          rotate(one, shape.cos + (q0 + c) * l.half, shape.sin + (q0 + c) * l.half, l.half, l.size, A(-1),
                 grad_qkv + (l.start + q0 + c) * l.stride + l.query_column(head));
        }
      }
    }
    for (int64_t t = 0; t < l.length; ++t) {
      T* row = grad_qkv + (l.start + t) * l.stride;
      for (int64_t i = 0; i < l.size; ++i) one[i] = dk[((i / kPanel) * l.padded + t) * kPanel + i % kPanel];
      rotate(one, shape.cos + t * l.half, shape.sin + t * l.half, l.half, l.size, A(-1), row + l.key_column());
      for (int64_t i = 0; i < l.size; ++i) {
        narrow(dv[((i / kPanel) * l.padded + t) * kPanel + i % kPanel], row[l.value_column() + i]);
      }
    }
  }
}

template <class T, class A = typename Accumulate<T>::type>
void attention_backward(const AttentionShape<A>& shape, const int64_t* starts, int64_t first_unit, int64_t last_unit,
                        const T* qkv, const T* out, const A* lse, const T* grad_out, T* grad_qkv) {
  auto* over = shape.window > 0 ? &attention_backward_over<T, true> : &attention_backward_over<T, false>;
  over(shape, starts, first_unit, last_unit, qkv, out, lse, grad_out, grad_qkv);
}

}  // namespace assay::train::ASSAY_ISA
