using System.Security.Cryptography;
using Rekey.Pki.Certificates;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Tokens;
using Rekey.Tokens.Journal;

namespace Rekey.Testing.Tokens;

/// <summary>
/// What must hold on a token after every fault at every call. Each rule is checked by using the token, not by looking at what a run
/// reported.
/// </summary>
public static class TokenInvariants
{
    /// <summary>All rules that are broken, in English; empty when the token is well.</summary>
    /// <param name="token">Logged in.</param>
    /// <param name="trust">The holder's CA.</param>
    /// <param name="now">When certificates must be valid.</param>
    /// <param name="helpers">Certificates between holder and root.</param>
    /// <param name="isConfirmed">Whether the CA has confirmed a certificate.</param>
    /// <param name="oldCertificate">The certificate whose renewal was disturbed.</param>
    /// <param name="finished">Whether the renewal must have come to its end.</param>
    /// <param name="oldEncryption">The encryption certificate beside it; null when there is none.</param>
    public static IReadOnlyList<string> Broken(
        IToken token, CmpTrust trust, DateTimeOffset now, IReadOnlyList<byte[]> helpers, Func<byte[], bool> isConfirmed, byte[] oldCertificate, bool finished,
        byte[]? oldEncryption = null)
    {
        var broken = new List<string>();
        var all = token.ListPairs();
        var pairs = all.Where(p => p.Use == PairUse.Signing).ToList();
        var old = pairs.FirstOrDefault(p => p.Certificate.AsSpan().SequenceEqual(oldCertificate));
        // The old certificate may have expired; that is no damage.
        var oldAt = Certificate.FromDer(oldCertificate).NotAfter is var end && end < now ? end : now;
        var working = pairs.Where(p => Works(token, p, trust, p == old ? oldAt : now, helpers)).ToList();

        Demand(working.Count > 0, "no pair works");
        Demand(
            (old is not null && working.Contains(old)) || working.Any(p => RenewalKeyId.TryRead(p.Id)?.Replaces(oldCertificate) == true && isConfirmed(p.Certificate!)),
            "neither does the old pair work nor is its successor confirmed");
        foreach (var ours in pairs.Where(p => RenewalKeyId.TryRead(p.Id) is not null && p.HasPrivateKey is true))
        {
            Demand(ours.IsGenuine is true, $"key {Name(ours)} is not genuine");
            Demand(ours.Certificate is null || working.Contains(ours), $"pair {Name(ours)} has a certificate and does not work");
        }

        var pending = TokenJournal.Read(pairs).Count(r => r.IsPending && r.New.HasPrivateKey is true);
        Demand(pending <= 1, $"{pending} renewals are pending");
        if (oldEncryption is not null)
        {
            DemandEncryption([.. all.Where(p => p.Use == PairUse.Encryption)]);
        }

        if (finished)
        {
            Demand(pairs.Count == 1, $"{pairs.Count} pairs are left: {string.Join(", ", pairs.Select(Name))}");
            Demand(pairs.All(p => p.Certificate is not null && isConfirmed(p.Certificate)), "what is left is not confirmed");
        }

        return broken;

        void DemandEncryption(List<TokenPair> encryption)
        {
            // Whatever happens, what was encrypted before can be read: the old key is never in danger.
            Demand(encryption.Exists(p => p.Certificate.AsSpan().SequenceEqual(oldEncryption) && Opens(token, p)), "the old encryption key opens nothing any more");
            foreach (var ours in encryption.Where(p => RenewalKeyId.TryRead(p.Id) is not null && p.Certificate is not null))
            {
                Demand(Opens(token, ours), $"encryption pair {Name(ours)} has a certificate and opens nothing");
            }

            if (finished)
            {
                Demand(encryption.Count == 2, $"{encryption.Count} encryption pairs are there: {string.Join(", ", encryption.Select(Name))}");
                Demand(encryption.Exists(p => RenewalKeyId.TryRead(p.Id) is not null && p.Certificate is { } der && isConfirmed(der)), "the new encryption certificate is not confirmed");
            }
        }

        void Demand(bool holds, string otherwise)
        {
            if (!holds)
            {
                broken.Add(otherwise);
            }
        }
    }

    /// <summary>The same for a token that a download goes to, which was blank before.</summary>
    /// <param name="token">Logged in.</param>
    /// <param name="trust">The holder's CA.</param>
    /// <param name="now">When certificates must be valid.</param>
    /// <param name="helpers">Certificates between holder and root.</param>
    /// <param name="isConfirmed">Whether the CA has confirmed a certificate.</param>
    /// <param name="finished">Whether the download must have come to its end.</param>
    /// <param name="pair">Whether it brings an encryption half.</param>
    public static IReadOnlyList<string> BrokenDownload(
        IToken token, CmpTrust trust, DateTimeOffset now, IReadOnlyList<byte[]> helpers, Func<byte[], bool> isConfirmed, bool finished, bool pair)
    {
        var broken = new List<string>();
        var all = token.ListPairs();
        foreach (var ours in all.Where(p => p.HasPrivateKey is true))
        {
            Demand(RenewalKeyId.TryRead(ours.Id) is { IsDownload: true }, $"key {Name(ours)} is no download's");
            Demand(ours.Use == PairUse.Encryption || ours.IsGenuine is true, $"key {Name(ours)} is not genuine");
            Demand(
                ours.Certificate is null || (ours.Use == PairUse.Signing ? Works(token, ours, trust, now, helpers) : Opens(token, ours)),
                $"pair {Name(ours)} has a certificate and does not work");
        }

        var confirmed = all.Where(p => p.Certificate is { } der && isConfirmed(der)).ToList();
        var signing = confirmed.Count(p => p.Use == PairUse.Signing);
        Demand(signing <= 1, $"{signing} signing certificates are confirmed");
        // A signing certificate on the token says that the pair is whole.
        Demand(!pair || signing == 0 || confirmed.Any(p => p.Use == PairUse.Encryption && Opens(token, p)), "the signing half is confirmed and the encryption half does not work");
        Demand(TokenJournal.Read(all).Count(r => r.New.HasPrivateKey is true) <= 1, "there is more than one download's key");
        if (finished)
        {
            Demand(all.Count == (pair ? 2 : 1) && confirmed.Count == all.Count, $"{all.Count} pairs are left, {confirmed.Count} of them confirmed: {string.Join(", ", all.Select(Name))}");
        }

        return broken;

        void Demand(bool holds, string otherwise)
        {
            if (!holds)
            {
                broken.Add(otherwise);
            }
        }
    }

    private static bool Opens(IToken token, TokenPair pair)
    {
        try
        {
            return token.Opens(pair.Id, EncryptionProbe.For(Certificate.FromDer(pair.Certificate).PublicKey));
        }
        catch (TokenException)
        {
            return false;
        }
    }

    private static string Name(TokenPair pair) => Convert.ToHexStringLower(pair.Id);

    private static bool Works(IToken token, TokenPair pair, CmpTrust trust, DateTimeOffset now, IReadOnlyList<byte[]> helpers)
    {
        if (pair is not { HasPrivateKey: true, Certificate: { } der })
        {
            return false;
        }

        try
        {
            var certificate = Certificate.FromDer(der);
            trust.RequireChain(certificate, helpers, now);
            var challenge = RandomNumberGenerator.GetBytes(32);
            var suite = certificate.PublicKey.Suite;
            return certificate.PublicKey.Verify(suite.SignatureOid, challenge, token.Sign(pair.Id, suite, challenge));
        }
        catch (Exception e) when (e is CmpInvalidException or TokenException or MalformedException)
        {
            return false;
        }
    }
}
