# Rscript test_days.R DATA_FOLDER OUT_FOLDER
# Random regression of 33,346 test-days of 4,327 lactations (data of the package Bovi, MIT) on
# Legendre polynomials of order 1 by lme4 1.1-31 (R 4.2.2).
library(lme4); library(jsonlite)
args <- commandArgs(trailingOnly = TRUE)
d <- read.csv(file.path(args[1], "test_days", "mr_test_file.csv"))
x <- -1 + 2 * (d$DaysInMilk - 1) / 304
d$p0 <- sqrt(0.5); d$p1 <- sqrt(1.5) * x; d$p2 <- sqrt(2.5) * (1.5 * x^2 - 0.5)
d$parity <- factor(pmin(d$Parity, 4)); d$lactation <- factor(d$TestId)
seconds <- system.time(
  fit <- lmer(MilkingYield ~ parity + p1 + p2 + (0 + p0 + p1 | lactation), d, REML = TRUE,
              control = lmerControl(optimizer = "bobyqa",
                                    optCtrl = list(rhobeg = 0.2, rhoend = 1e-9, maxfun = 1e5))))
g <- VarCorr(fit)$lactation
write_json(list(lactation = matrix(c(g), 2, 2), residual = sigma(fit)^2,
                log_likelihood = as.numeric(logLik(fit)), fixed = as.list(fixef(fit)),
                seconds = unname(seconds["elapsed"]),
                made_by = "test_days.R: R 4.2.2, lme4 1.1-31"),
           file.path(args[2], "test_days_random_regression.json"), auto_unbox = TRUE, digits = 12,
           pretty = TRUE)
