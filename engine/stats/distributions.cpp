#include "stats/distributions.h"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace assay::stats {
namespace {

using boost::math::policies::domain_error;
using boost::math::policies::ignore_error;
using boost::math::policies::overflow_error;
using boost::math::policies::pole_error;
using Policy =
    boost::math::policies::policy<domain_error<ignore_error>, pole_error<ignore_error>, overflow_error<ignore_error>>;
using Normal = boost::math::normal_distribution<double, Policy>;
using StudentsT = boost::math::students_t_distribution<double, Policy>;
using NoncentralT = boost::math::non_central_t_distribution<double, Policy>;
using Binomial = boost::math::binomial_distribution<double, Policy>;

}  // namespace

double normal_cdf(double x) { return boost::math::cdf(Normal(), x); }

double normal_quantile(double p) { return boost::math::quantile(Normal(), p); }

double t_cdf(double t, double degrees) {
  if (std::isinf(t) && degrees > 0) return t > 0 ? 1 : 0;
  return boost::math::cdf(StudentsT(degrees), t);
}

double t_quantile(double p, double degrees) { return boost::math::quantile(StudentsT(degrees), p); }

double noncentral_t_cdf(double t, double degrees, double noncentrality) {
  return boost::math::cdf(NoncentralT(degrees, noncentrality), t);
}

double fair_coins_cdf(double k, double n) { return k < 0 ? 0 : boost::math::cdf(Binomial(n, 0.5), k); }

double fair_coins_pmf(double k, double n) { return k < 0 ? 0 : boost::math::pdf(Binomial(n, 0.5), k); }

}  // namespace assay::stats
