// Included where `Vec` is defined. e^x within two units in the last place: x = n · log 2 + r with |r| ≤ log 2 / 2, and a
// degree-7 Taylor polynomial of r, whose remainder there is below 6e-9. Results under 2^-126 become that or less.
inline Vec Vec::exponential() const {
  const Vec x = Vec::min(Vec::max(*this, Vec::broadcast(-87.0F)), Vec::broadcast(88.0F));
  const Vec n = (x * Vec::broadcast(1.44269504F)).rounded();
  // log 2 in two parts; the product of n and the first is exact.
  const Vec r =
      Vec::multiply_add(n, Vec::broadcast(2.12194440e-4F), Vec::multiply_add(n, Vec::broadcast(-0.693359375F), x));
  Vec p = Vec::broadcast(1.0F / 5040.0F);
  p = Vec::multiply_add(p, r, Vec::broadcast(1.0F / 720.0F));
  p = Vec::multiply_add(p, r, Vec::broadcast(1.0F / 120.0F));
  p = Vec::multiply_add(p, r, Vec::broadcast(1.0F / 24.0F));
  p = Vec::multiply_add(p, r, Vec::broadcast(1.0F / 6.0F));
  p = Vec::multiply_add(p, r, Vec::broadcast(0.5F));
  p = Vec::multiply_add(p, r, Vec::broadcast(1.0F));
  p = Vec::multiply_add(p, r, Vec::broadcast(1.0F));
  return p.times_power_of_two(n);
}
