using System.Formats.Asn1;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;
using Net.Pkcs11Interop.HighLevelAPI.Factories;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;
using Rekey.Tokens.Journal;

namespace Rekey.Tokens.Pkcs11;

/// <summary>A session with a PKCS#11 token. One CKA_ID is one pair.</summary>
internal sealed class Pkcs11Token(ISession session, Func<TokenInfo> describe) : IToken
{
    private static readonly byte[] PublicExponent = [1, 0, 1];

    private readonly EncryptionKeys encryption = new(session);

    private static IObjectAttributeFactory Attributes => Pkcs11Library.Factories.ObjectAttributeFactory;

    /// <inheritdoc/>
    public TokenInfo GetInfo() => describe();

    /// <inheritdoc/>
    public IReadOnlyList<TokenPair> ListPairs() => Pkcs11Library.Call(() =>
    {
        var certificates = TokenObjects.Find(session, CKO.CKO_CERTIFICATE);
        var publicKeys = ByFirstOfId(TokenObjects.Find(session, CKO.CKO_PUBLIC_KEY));
        var privateKeys = ByFirstOfId(TokenObjects.Find(session, CKO.CKO_PRIVATE_KEY));
        var loggedIn = IsLoggedIn();

        var ids = certificates.Select(c => Hex(c.Id)).Concat(publicKeys.Keys).Concat(privateKeys.Keys).Distinct();
        var byId = certificates.ToLookup(c => Hex(c.Id));
        return (IReadOnlyList<TokenPair>)
        [
            .. from id in ids
               from certificate in byId[id].DefaultIfEmpty()
               select Pair(id, certificate, publicKeys.GetValueOrDefault(id), privateKeys.GetValueOrDefault(id), loggedIn),
        ];
    });

    /// <inheritdoc/>
    public void Login(ReadOnlySpan<byte> pin)
    {
        // C_Login takes NULL for a device with its own keypad (PKCS#11 v2.40 section 5.6); Pkcs11Interop passes null on.
        var copy = pin.IsEmpty ? null : GC.AllocateUninitializedArray<byte>(pin.Length, pinned: true);
        pin.CopyTo(copy);
        try
        {
            session.Login(CKU.CKU_USER, copy);
        }
        catch (Pkcs11Exception e) when (e.RV == CKR.CKR_USER_ALREADY_LOGGED_IN)
        {
            // wanted
        }
        catch (Pkcs11Exception e)
        {
            throw CkrTable.Exception(e.Method, e.RV, e);
        }
        finally
        {
            Array.Clear(copy ?? []);
        }
    }

    /// <inheritdoc/>
    public TokenPair GenerateSigningPair(ReadOnlySpan<byte> id, string label, AlgorithmSuite suite)
    {
        var name = id.ToArray();
        return Pkcs11Library.Call(() =>
        {
            if (TokenObjects.Handles(session, CKO.CKO_PRIVATE_KEY, name).Count > 0)
            {
                throw new TokenException(TokenFault.Driver, "C_GenerateKeyPair: the id is in use");
            }

            using var mechanism = Pkcs11Library.Factories.MechanismFactory.Create(Mechanisms.Generation(suite));
            session.GenerateKeyPair(mechanism, PublicTemplate(name, label, suite), PrivateTemplate(name, label, suite), out var publicKey, out var privateKey);
            return Pair(
                Hex(name),
                null,
                TokenObjects.Read(session, publicKey, CKO.CKO_PUBLIC_KEY),
                TokenObjects.Read(session, privateKey, CKO.CKO_PRIVATE_KEY),
                loggedIn: true);
        });
    }

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> id, AlgorithmSuite suite, ReadOnlySpan<byte> data)
    {
        var name = id.ToArray();
        var (type, input) = Mechanisms.Signing(suite, data);
        return Pkcs11Library.Call(() =>
        {
            using var mechanism = Pkcs11Library.Factories.MechanismFactory.Create(type);
            return Mechanisms.X509Signature(suite, session.Sign(mechanism, PrivateKey(name), input));
        });
    }

    /// <inheritdoc/>
    public void WriteCertificate(ReadOnlySpan<byte> id, string label, ReadOnlySpan<byte> certificate)
    {
        var name = id.ToArray();
        var der = certificate.ToArray();
        Pkcs11Library.Call(() =>
        {
            var present = TokenObjects.Find(session, CKO.CKO_CERTIFICATE, name);
            var kept = present.Find(o => o.Value.AsSpan().SequenceEqual(der));
            if (kept is null)
            {
                session.CreateObject(CertificateTemplate(name, label, der));
            }

            // The new one is written first: a pair that had a certificate is never without.
            foreach (var other in present.Where(o => o != kept))
            {
                session.DestroyObject(other.Handle);
            }
        });
    }

    /// <inheritdoc/>
    public byte[] BeginImport(ReadOnlySpan<byte> signingId) => Pkcs11Library.Call(encryption.BeginImport);

    /// <inheritdoc/>
    public void ImportEncryptionKey(ReadOnlySpan<byte> id, string label, KeyEnvelope envelope, ReadOnlySpan<byte> spki)
    {
        var name = id.ToArray();
        var (wrapped, suite) = Read(envelope, spki.ToArray());
        Pkcs11Library.Call(() => encryption.Import(name, label, wrapped, suite));
    }

    /// <inheritdoc/>
    public byte[] Decrypt(ReadOnlySpan<byte> id, EncryptedSecret secret)
    {
        var name = id.ToArray();
        return Pkcs11Library.Call(() => encryption.Decrypt(PrivateKey(name), secret));
    }

    /// <inheritdoc/>
    public bool Opens(ReadOnlySpan<byte> id, EncryptionProbe probe)
    {
        var name = id.ToArray();
        return Pkcs11Library.Call(() => encryption.Opens(PrivateKey(name), probe));
    }

    /// <inheritdoc/>
    public void DeletePair(ReadOnlySpan<byte> id)
    {
        var name = id.ToArray();
        Pkcs11Library.Call(() =>
        {
            foreach (var objectClass in (CKO[])[CKO.CKO_PRIVATE_KEY, CKO.CKO_PUBLIC_KEY, CKO.CKO_CERTIFICATE])
            {
                foreach (var handle in TokenObjects.Handles(session, objectClass, name))
                {
                    session.DestroyObject(handle);
                }
            }
        });
    }

    /// <inheritdoc/>
    public void Dispose() => Pkcs11Library.CloseQuietly(session);

    private static (WrappedKey Wrapped, AlgorithmSuite Suite) Read(KeyEnvelope envelope, byte[] spki)
    {
        try
        {
            using var key = PublicKey.FromSpki(spki);
            return envelope.Form == KeyEnvelopeForm.EnvelopedData
                ? (WrappedKey.FromDer(envelope.Der), key.Suite)
                : throw new TokenException(TokenFault.EnvelopeRefused, $"C_UnwrapKey: {envelope.Form}");
        }
        catch (Exception e) when (e is EnvelopedKeyException or UnsupportedKeyException)
        {
            throw new TokenException(TokenFault.EnvelopeRefused, $"C_UnwrapKey: {e.Message}", e);
        }
    }

    private static Dictionary<string, TokenObject> ByFirstOfId(List<TokenObject> objects) =>
        objects.GroupBy(o => Hex(o.Id)).ToDictionary(g => g.Key, g => g.First());

    private static TokenPair Pair(string hexId, TokenObject? certificate, TokenObject? publicKey, TokenObject? privateKey, bool loggedIn)
    {
        var id = Convert.FromHexString(hexId);
        var der = certificate?.Value;
        return new(
            id,
            RenewalKeyId.TryRead(id)?.Use ?? CertificateFields.UseOf(der),
            certificate?.Label ?? publicKey?.Label ?? privateKey?.Label ?? "",
            publicKey?.Spki ?? privateKey?.Spki ?? CertificateFields.SpkiOf(der),
            der,
            privateKey is not null ? true : loggedIn ? false : null,
            privateKey?.Genuine ?? (loggedIn ? false : null));
    }

    private static List<IObjectAttribute> PublicTemplate(byte[] id, string label, AlgorithmSuite suite)
    {
        List<IObjectAttribute> template =
        [
            Attributes.Create(CKA.CKA_TOKEN, true),
            Attributes.Create(CKA.CKA_PRIVATE, false),
            Attributes.Create(CKA.CKA_ID, id),
            Attributes.Create(CKA.CKA_LABEL, label),
            Attributes.Create(CKA.CKA_VERIFY, true),
        ];
        if (suite.Family == KeyFamily.Rsa)
        {
            template.Add(Attributes.Create(CKA.CKA_MODULUS_BITS, (ulong)suite.KeyBits));
            template.Add(Attributes.Create(CKA.CKA_PUBLIC_EXPONENT, PublicExponent));
        }
        else
        {
            var curve = new AsnWriter(AsnEncodingRules.DER);
            curve.WriteObjectIdentifier(suite.CurveOid!);
            template.Add(Attributes.Create(CKA.CKA_EC_PARAMS, curve.Encode()));
        }

        return template;
    }

    private static List<IObjectAttribute> PrivateTemplate(byte[] id, string label, AlgorithmSuite suite)
    {
        List<IObjectAttribute> template =
        [
            Attributes.Create(CKA.CKA_TOKEN, true),
            Attributes.Create(CKA.CKA_PRIVATE, true),
            Attributes.Create(CKA.CKA_SENSITIVE, true),
            Attributes.Create(CKA.CKA_EXTRACTABLE, false),
            Attributes.Create(CKA.CKA_ID, id),
            Attributes.Create(CKA.CKA_LABEL, label),
            Attributes.Create(CKA.CKA_SIGN, true),
        ];
        if (suite.Family == KeyFamily.Rsa)
        {
            // Libraries allow what a template does not forbid, and a signing key that also decrypts is a hole.
            template.Add(Attributes.Create(CKA.CKA_DECRYPT, false));
            template.Add(Attributes.Create(CKA.CKA_UNWRAP, false));
        }

        return template;
    }

    private static List<IObjectAttribute> CertificateTemplate(byte[] id, string label, byte[] der)
    {
        using var certificate = CertificateFields.Load(der) ?? throw new TokenException(TokenFault.Driver, "C_CreateObject: not a certificate");
        return
        [
            Attributes.Create(CKA.CKA_CLASS, CKO.CKO_CERTIFICATE),
            Attributes.Create(CKA.CKA_CERTIFICATE_TYPE, CKC.CKC_X_509),
            Attributes.Create(CKA.CKA_TOKEN, true),
            Attributes.Create(CKA.CKA_PRIVATE, false),
            Attributes.Create(CKA.CKA_ID, id),
            Attributes.Create(CKA.CKA_LABEL, label),
            Attributes.Create(CKA.CKA_SUBJECT, certificate.SubjectName.RawData),
            Attributes.Create(CKA.CKA_ISSUER, certificate.IssuerName.RawData),
            Attributes.Create(CKA.CKA_SERIAL_NUMBER, CertificateFields.SerialNumberDer(certificate)),
            Attributes.Create(CKA.CKA_VALUE, der),
        ];
    }

    private static string Hex(ReadOnlySpan<byte> id) => Convert.ToHexStringLower(id);

    private IObjectHandle PrivateKey(byte[] id) =>
        TokenObjects.Handles(session, CKO.CKO_PRIVATE_KEY, id).FirstOrDefault() ?? throw new TokenException(TokenFault.PairMissing, "C_FindObjects");

    private bool IsLoggedIn() => session.GetSessionInfo().State is CKS.CKS_RW_USER_FUNCTIONS or CKS.CKS_RO_USER_FUNCTIONS;
}
