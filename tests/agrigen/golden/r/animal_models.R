# Rscript animal_models.R DATA_FOLDER OUT_FOLDER
# REML by lme4 1.1-31 and nlme 3.1-162 (R 4.2.2) on public data (gryphon and blue tits: see the
# README of the data; becker.chicken, harvey.lsmeans, diggle.cow: R package agridat).
# An animal model is fitted in lme4 by multiplying Z' by a factor F of A = F'F, the idea of the
# package pedigreemm (Vazquez et al. 2010, J. Anim. Sci. 88:497).
library(lme4); library(nlme); library(jsonlite)
args <- commandArgs(trailingOnly = TRUE)
data_folder <- args[1]; out_folder <- args[2]

tabular <- function(sire, dam) {
  n <- length(sire); a <- matrix(0, n, n)
  for (i in seq_len(n)) {
    s <- sire[i]; d <- dam[i]
    if (i > 1) {
      j <- seq_len(i - 1)
      row <- rep(0, i - 1)
      if (s > 0) row <- row + 0.5 * a[j, s]
      if (d > 0) row <- row + 0.5 * a[j, d]
      a[i, j] <- row; a[j, i] <- row
    }
    a[i, i] <- 1 + if (s > 0 && d > 0) 0.5 * a[s, d] else 0
  }
  a
}

ordered <- function(ped) {
  # Founders for parents without a row, then parents before offspring.
  ped[] <- lapply(ped, function(x) ifelse(is.na(x), "", as.character(x)))
  missing <- setdiff(c(ped$sire, ped$dam), c(ped$id, ""))
  ped <- rbind(data.frame(id = missing, sire = rep("", length(missing)),
                          dam = rep("", length(missing))), ped)
  done <- ""; out <- ped[0, ]
  while (nrow(ped)) {
    ready <- ped$sire %in% done & ped$dam %in% done
    out <- rbind(out, ped[ready, ]); done <- c(done, ped$id[ready]); ped <- ped[!ready, ]
  }
  out
}

# The sparse factor of A = F'F: F = sqrt(D) T', with every animal of the pedigree a row.
pedigree_factor <- function(ped) {
  ped <- ordered(ped)
  s <- match(ped$sire, ped$id, 0); d <- match(ped$dam, ped$id, 0); n <- nrow(ped)
  f <- diag(tabular(s, d)) - 1
  inbreeding <- function(p) ifelse(p > 0, f[pmax(p, 1)], -1)
  own <- 0.5 - 0.25 * (inbreeding(s) + inbreeding(d))
  i <- c(seq_len(n), which(s > 0), which(d > 0))
  back <- sparseMatrix(i, c(seq_len(n), s[s > 0], d[d > 0]),
                       x = c(rep(1, n), rep(-0.5, sum(s > 0) + sum(d > 0))), dims = c(n, n))
  factor <- Diagonal(x = sqrt(own)) %*% t(drop0(solve(back), tol = 1e-14))
  dimnames(factor) <- list(ped$id, ped$id)
  factor
}

# lmer's REML with var(u) = A s2 for the terms named in `factors`, by lme4's own deviance.
animal_lmer <- function(formula, data, factors) {
  control <- lmerControl(check.nobs.vs.nlev = "ignore", check.nobs.vs.nRE = "ignore",
                         check.nobs.vs.rankZ = "ignore")
  lf <- lFormula(formula, data, REML = TRUE, control = control)
  re <- lf$reTrms
  blocks <- list(); index <- c()
  for (k in seq_along(re$cnms)) {
    z <- re$Zt[(re$Gp[k] + 1):re$Gp[k + 1], , drop = FALSE]
    term <- names(re$cnms)[k]
    if (term %in% names(factors)) z <- factors[[term]][, rownames(z)] %*% z
    blocks[[k]] <- z; index <- c(index, rep(k, nrow(z)))
  }
  zt <- as(do.call(rbind, blocks), "CsparseMatrix")
  lambda <- as(sparseMatrix(seq_along(index), seq_along(index), x = rep(1, length(index))),
               "CsparseMatrix")
  re$Zt <- zt; re$Lambdat <- lambda; re$Lind <- as.integer(index)
  re$theta <- rep(1, length(blocks)); re$lower <- rep(0, length(blocks))
  devfun <- mkLmerDevfun(lf$fr, lf$X, re, REML = TRUE)
  opt <- minqa::bobyqa(rep(0.5, length(blocks)), devfun, lower = re$lower,
                       control = list(rhobeg = 0.2, rhoend = 1e-9, maxfun = 20000))
  value <- devfun(opt$par)
  env <- environment(devfun)
  n <- nrow(lf$X); p <- ncol(lf$X)
  sigma2 <- (env$resp$wrss() + env$pp$sqrL(1)) / (n - p)
  fixed <- env$pp$beta(1); names(fixed) <- colnames(lf$X)
  variances <- c(opt$par^2 * sigma2, sigma2); names(variances) <- c(names(re$cnms), "residual")
  list(variances = as.list(variances), log_likelihood = -value / 2, fixed = as.list(fixed),
       records = n)
}

summary_of <- function(fit) {
  vc <- as.data.frame(VarCorr(fit))
  components <- lapply(seq_len(nrow(vc)), function(i) list(
    group = vc$grp[i], term_1 = vc$var1[i], term_2 = vc$var2[i], variance = vc$vcov[i]))
  list(components = components, log_likelihood = as.numeric(logLik(fit)),
       fixed = as.list(fixef(fit)), records = nobs(fit))
}

put <- function(name, what) {
  what$made_by <- "animal_models.R: R 4.2.2, lme4 1.1-31, nlme 3.1-162"
  write_json(what, file.path(out_folder, paste0(name, ".json")), auto_unbox = TRUE,
             digits = 12, pretty = TRUE)
}

# ---- gryphons: the pedigree that comes with them has loops, so mothers and years only ----------
gryphon <- read.csv(file.path(data_folder, "sommer_gryphon", "DT_gryphon.csv"))
for (col in c("MOTHER", "BYEAR", "SEX")) gryphon[[col]] <- factor(gryphon[[col]])
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.2, rhoend = 1e-9, maxfun = 1e5))
put("gryphon_bwt_year_mother",
    summary_of(lmer(BWT ~ SEX + (1 | BYEAR) + (1 | MOTHER), gryphon, control = tight)))
put("gryphon_tarsus_year_mother",
    summary_of(lmer(TARSUS ~ SEX + (1 | BYEAR) + (1 | MOTHER), gryphon, control = tight)))

# ---- blue tits: tarsus ~ sex + hatch date, animal + foster nest ------------------------------
tits <- read.csv(file.path(data_folder, "mcmcglmm_bluetits", "BTdata.csv"))
bped <- read.csv(file.path(data_folder, "mcmcglmm_bluetits", "BTped.csv"))[, c("animal", "sire", "dam")]
names(bped) <- c("id", "sire", "dam")
b <- pedigree_factor(bped)
for (col in c("animal", "dam", "fosternest", "sex")) tits[[col]] <- factor(tits[[col]])
tarsus <- animal_lmer(tarsus ~ sex + hatchdate + (1 | animal) + (1 | fosternest), tits,
                      list(animal = b))
put("bluetits_tarsus_animal_fosternest", tarsus)
back <- animal_lmer(back ~ sex + (1 | animal) + (1 | fosternest), tits, list(animal = b))
put("bluetits_back_animal_fosternest", back)

# ---- mastitis: number of cases as a linear trait, sire model with sire pedigree and herd -----
mastitis <- read.csv(file.path(data_folder, "pedigreemm_mastitis", "mastitis.csv"))
sped <- read.csv(file.path(data_folder, "pedigreemm_mastitis", "pedSires.csv"))
s <- pedigree_factor(sped)
mastitis$log_dim <- log(mastitis$DIM)
for (col in c("sire", "herd")) mastitis[[col]] <- factor(mastitis[[col]])
fit <- animal_lmer(NCM ~ log_dim + (1 | sire) + (1 | herd), mastitis, list(sire = s))
put("mastitis_ncm_sire_herd", fit)

# ---- blue tits, two traits without pedigree: dam covariance and residual covariance ----------
# The records of one bird are correlated (corSymm), traits have their own residual variance.
tits$bird <- factor(seq_len(nrow(tits)))
long <- rbind(data.frame(tits[, c("bird", "dam", "sex")], trait = "tarsus", y = tits$tarsus),
              data.frame(tits[, c("bird", "dam", "sex")], trait = "back", y = tits$back))
long$trait <- factor(long$trait, levels = c("tarsus", "back"))
long <- long[order(long$dam, long$bird, long$trait), ]
two <- lme(y ~ trait - 1 + trait:sex, random = list(dam = pdSymm(~ trait - 1)), data = long,
           weights = varIdent(form = ~ 1 | trait),
           correlation = corSymm(form = ~ as.integer(trait) | dam / bird),
           control = lmeControl(msMaxIter = 500, msTol = 1e-12, tolerance = 1e-12,
                                niterEM = 50, opt = "optim", reltol = 1e-14))
g <- unclass(getVarCov(two))
ratio <- coef(two$modelStruct$varStruct, unconstrained = FALSE)
sd1 <- two$sigma; sd2 <- sd1 * ratio[["back"]]
rho <- coef(two$modelStruct$corStruct, unconstrained = FALSE)
put("bluetits_two_traits_dam", list(
  dam = matrix(c(g), 2, 2),
  residual = matrix(c(sd1^2, rho * sd1 * sd2, rho * sd1 * sd2, sd2^2), 2, 2),
  log_likelihood = as.numeric(logLik(two)), fixed = as.list(fixef(two))))

# ---- blue tits, residual variance by sex; dams independent ------------------------------------
het <- lme(tarsus ~ sex, random = ~ 1 | dam, data = tits, weights = varIdent(form = ~ 1 | sex),
           control = lmeControl(msMaxIter = 500, msTol = 1e-12, tolerance = 1e-12,
                                niterEM = 50, opt = "optim", reltol = 1e-14))
ratio <- c(coef(het$modelStruct$varStruct, unconstrained = FALSE, allCoef = TRUE))
put("bluetits_tarsus_dam_residual_by_sex", list(
  dam = as.numeric(getVarCov(het)), residual = as.list((het$sigma * ratio)^2),
  log_likelihood = as.numeric(logLik(het)), fixed = as.list(fixef(het))))

# ---- cows' weight over days: random regression of order 1, Legendre (agridat diggle.cow) ------
cow <- read.table(file.path(data_folder, "agridat", "diggle.cow.txt"), header = TRUE, sep = "\t")
cow <- cow[!is.na(cow$weight), ]
x <- -1 + 2 * (cow$day - 122) / (781 - 122)
cow$p0 <- sqrt(0.5); cow$p1 <- sqrt(1.5) * x; cow$p2 <- sqrt(2.5) * (1.5 * x^2 - 0.5)
cow$animal <- factor(cow$animal); cow$iron <- factor(cow$iron)
rr <- lmer(weight ~ iron + p1 + p2 + (0 + p0 + p1 + p2 | animal), cow, REML = TRUE,
           control = lmerControl(optimizer = "bobyqa",
                                 optCtrl = list(rhobeg = 0.2, rhoend = 1e-9, maxfun = 1e5)))
put("cows_weight_random_regression", summary_of(rr))

# ---- weights and plain factors: chicks by sire and dam within sire; calves by sire ------------
chicks <- read.table(file.path(data_folder, "agridat", "becker.chicken.txt"), header = TRUE)
chicks$dam <- factor(paste(chicks$male, chicks$female))
put("chicks_weight_sire_dam", summary_of(lmer(weight ~ 1 + (1 | male) + (1 | dam), chicks,
    control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))))
calves <- read.table(file.path(data_folder, "agridat", "harvey.lsmeans.txt"), header = TRUE)
calves$sire_in_line <- factor(paste(calves$line, calves$sire)); calves$damage <- factor(calves$damage)
fit <- lmer(adg ~ line + damage + weanage + weight + (1 | sire_in_line), calves,
            weights = weanage / 100,
            control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9)))
put("calves_adg_weighted", summary_of(fit))
