using System.Security.Cryptography;
using Rekey.Contract.Bridge;
using Rekey.Contract.Problems;
using Rekey.Login.Status;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Certificates;

namespace Rekey.Login.Verification;

/// <summary>
/// Verifies login tokens. That the nonce is one that was given out, for this browser and not used before, is the caller's to see to first
/// (<see cref="Challenges.LoginChallenges"/>): a token alone, however good, is no login. Instances can be used by several threads.
/// </summary>
/// <param name="policy">Who may log in, and where.</param>
/// <param name="status">Who knows what is revoked.</param>
/// <param name="time">The present.</param>
public sealed class LoginVerifier(LoginPolicy policy, ICertificateStatusSource status, TimeProvider time)
{
    private readonly ChainValidator chains = new(policy.Anchors, policy.Issuers);

    /// <summary>Verifies a token. Nothing is said about a certificate to anyone who does not have its key.</summary>
    /// <param name="token">As it came.</param>
    /// <param name="nonce">The challenge that was given out.</param>
    /// <param name="cancel">Stops asking for the status.</param>
    /// <returns>Who it is.</returns>
    /// <exception cref="ProblemException">RK-6001 to RK-6012: it is no login.</exception>
    public async Task<LoginHolder> VerifyAsync(LoginToken token, string nonce, CancellationToken cancel)
    {
        // 1 Form.
        var (certificate, signature) = LoginTokenReader.Parts(token);

        // 2 The algorithm is the key's own: what the token names only has to agree with it.
        var suite = certificate.PublicKey.Suite;
        if (LoginAlgorithm.All.FirstOrDefault(a => a.Name == token.Algorithm) is not { } algorithm || !algorithm.Fits(suite) || algorithm.Format != token.Format)
        {
            throw new ProblemException(Problems.LoginAlgorithmRefused());
        }

        // 3 Signed for this site and this challenge, by the certificate's key.
        if (!Verifies(certificate, algorithm, LoginToken.SignedData(suite, policy.Origin, nonce), signature))
        {
            throw new ProblemException(Problems.LoginTokenNotForHere());
        }

        // 4 Issued by one of our CAs, in force by date, meant for this.
        var chain = chains.Validate(certificate, new(time.GetUtcNow()) { RequiredUsage = KeyUsages.DigitalSignature, RequiredPurpose = policy.RequiredPurpose });
        var issuer = chain.Issuer ?? throw new ProblemException(Refusal(chain.Fault, certificate));
        if (certificate.IsCa || (policy.Policies.Count > 0 && !certificate.Policies.Intersect(policy.Policies).Any()))
        {
            throw new ProblemException(Problems.LoginCertificateWrongUse());
        }

        // 5 Its CA says, now, that it is good.
        var answer = await status.AskAsync(certificate, issuer, cancel);
        return answer.Kind switch
        {
            CertificateStatusKind.Good => new(certificate),
            CertificateStatusKind.Revoked => throw new ProblemException(Problems.LoginCertificateRevoked(Day(answer.RevokedAt ?? time.GetUtcNow()))),
            CertificateStatusKind.Unknown => throw new ProblemException(Problems.LoginNotConfirmed()),
            _ => throw new ProblemException(Problems.LoginStatusUnavailable()),
        };
    }

    private static bool Verifies(Certificate certificate, LoginAlgorithm algorithm, byte[] data, byte[] signature)
    {
        var key = certificate.PublicKey;
        if (algorithm.IsPss)
        {
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(certificate.Spki.Span, out _);
            return rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        }

        return key.Suite.Family == KeyFamily.Rsa
            ? key.Verify(key.Suite.SignatureOid, data, signature)
            : signature.Length == 2 * key.Suite.KeyBits / 8 && key.Verify(key.Suite.SignatureOid, data, EcSignature.ToDer(signature));
    }

    // An anchor that logs in itself has a path without an issuer, so nobody vouches for it.
    private static Problem Refusal(ChainFault? fault, Certificate certificate) => fault switch
    {
        ChainFault.Expired => Problems.LoginCertificateExpired(Day(certificate.NotAfter)),
        ChainFault.NotYetValid => Problems.LoginCertificateNotYetValid(Day(certificate.NotBefore)),
        ChainFault.WrongUse or ChainFault.UnknownCritical => Problems.LoginCertificateWrongUse(),
        _ => Problems.LoginIssuerUnknown(),
    };

    private static DateOnly Day(DateTimeOffset instant) => DateOnly.FromDateTime(instant.UtcDateTime);
}
