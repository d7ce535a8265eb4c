using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;
using Rekey.Pki.Envelopes;

namespace Rekey.Tokens;

/// <summary>
/// Who a token is. Label and slot are never identity: both change. It is the driver's word, without attestation, so it guards
/// against mistakes (the wrong key plugged in), not against attackers.
/// </summary>
/// <param name="Driver">Kind of driver: <c>pkcs11</c> or <c>skf</c>.</param>
/// <param name="Manufacturer">As the token names it, trimmed.</param>
/// <param name="Model">As the token names it, trimmed.</param>
/// <param name="SerialNumber">As the token names it, trimmed.</param>
public sealed record TokenIdentity(string Driver, string Manufacturer, string Model, string SerialNumber);

/// <summary>How near the PIN is to locking.</summary>
public enum PinTries
{
    /// <summary>No wrong try since the last right one, as far as the token tells.</summary>
    Plenty,

    /// <summary>At least one wrong try (CKF_USER_PIN_COUNT_LOW).</summary>
    Low,

    /// <summary>One more wrong try locks it (CKF_USER_PIN_FINAL_TRY).</summary>
    Last,

    /// <summary>Locked (CKF_USER_PIN_LOCKED).</summary>
    Locked,
}

/// <summary>What a token tells about itself without PIN.</summary>
/// <param name="Identity">Who it is.</param>
/// <param name="Label">For people only.</param>
/// <param name="Tries">How near its PIN is to locking.</param>
/// <param name="TriesLeft">The exact number, where the driver tells (SKF); null on PKCS#11.</param>
/// <param name="WriteProtected">Nothing can be written.</param>
/// <param name="PinPad">The PIN is typed on the device itself (CKF_PROTECTED_AUTHENTICATION_PATH).</param>
/// <param name="Formatted">Initialised, with a user PIN set.</param>
/// <param name="FreeBytes">Free memory for objects, public and private together; null when the token does not tell.</param>
/// <param name="Generates">Suites that it can generate keys of and sign with.</param>
/// <param name="Imports">Suites of which it takes an enveloped encryption key and decrypts with it.</param>
public sealed record TokenInfo(
    TokenIdentity Identity,
    string Label,
    PinTries Tries,
    int? TriesLeft,
    bool WriteProtected,
    bool PinPad,
    bool Formatted,
    long? FreeBytes,
    IReadOnlyList<AlgorithmSuite> Generates,
    IReadOnlyList<AlgorithmSuite> Imports)
{
    /// <summary>What its encryption keys open with <see cref="IToken.Decrypt"/>.</summary>
    public IReadOnlyList<SecretAlgorithm> Decrypts { get; init; } = [];

    /// <summary>Whether both halves of a pair must be of one kind, because they share a container (SKF).</summary>
    public bool PairsAreOfOneKind { get; init; }

    /// <summary>Whether it takes the encryption half of a pair of these kinds.</summary>
    public bool Takes(AlgorithmSuite signing, AlgorithmSuite encryption) => Imports.Contains(encryption) && (!PairsAreOfOneKind || signing == encryption);

    /// <summary>What its PINs are like; null when nothing is known of that.</summary>
    public PinRules? PinRules { get; init; }
}

/// <summary>What a pair is for.</summary>
public enum PairUse
{
    /// <summary>Signing: the key was generated on the token.</summary>
    Signing,

    /// <summary>Encryption: the key came from the key-management centre.</summary>
    Encryption,
}

/// <summary>A key pair on a token with its certificate, or what there is of it.</summary>
/// <param name="Id">
/// Its name on the token: the CKA_ID (PKCS#11), or what stands for the container (SKF), which has a pair of each use with ids of their own. The
/// ids of a renewal's pairs are those of <see cref="Journal.RenewalKeyId"/>, whatever the driver.
/// </param>
/// <param name="Use">What it is for.</param>
/// <param name="Label">For people only.</param>
/// <param name="Spki">DER SubjectPublicKeyInfo, from the public key object or the certificate; null when there is neither.</param>
/// <param name="Certificate">DER certificate, or null.</param>
/// <param name="HasPrivateKey">Whether the private key is there; null when the token shows it only after login.</param>
/// <param name="IsGenuine">The private key was generated on the token and never extractable; null before login.</param>
public sealed record TokenPair(byte[] Id, PairUse Use, string Label, byte[]? Spki, byte[]? Certificate, bool? HasPrivateKey, bool? IsGenuine);

/// <summary>
/// A token as the flows use it. Everything throws <see cref="TokenException"/> and nothing else. Not for use by several threads.
/// </summary>
public interface IToken : IDisposable
{
    /// <summary>Asks the token about itself, anew each time.</summary>
    TokenInfo GetInfo();

    /// <summary>All pairs, complete or not. Before login, private keys may not show.</summary>
    IReadOnlyList<TokenPair> ListPairs();

    /// <summary>Logs the user in; being logged in already is fine.</summary>
    /// <param name="pin">UTF-8; empty for a token with a PIN pad. The caller clears it.</param>
    void Login(ReadOnlySpan<byte> pin);

    /// <summary>
    /// Generates a signing pair on the token: local, sensitive, never extractable. An answer lost on the way leaves a pair with this
    /// id behind, which <see cref="ListPairs"/> shows.
    /// </summary>
    /// <param name="id">The new pair's id; must be unused.</param>
    /// <param name="label">For people and other software.</param>
    /// <param name="suite">The kind of key.</param>
    TokenPair GenerateSigningPair(ReadOnlySpan<byte> id, string label, AlgorithmSuite suite);

    /// <summary>Signs with a pair's private key, as <see cref="ISigningKey.Sign"/> does.</summary>
    byte[] Sign(ReadOnlySpan<byte> id, AlgorithmSuite suite, ReadOnlySpan<byte> data);

    /// <summary>Writes a certificate to a pair. Writing the same octets again is fine and leaves one object.</summary>
    void WriteCertificate(ReadOnlySpan<byte> id, string label, ReadOnlySpan<byte> certificate);

    /// <summary>
    /// Begins to bring an encryption key in: the key to which it is to be enveloped. Its private half never leaves the token: an RSA pair made
    /// for the purpose, gone with the session (PKCS#11), or the signing pair of the container that the key will share (SKF).
    /// </summary>
    /// <param name="signingId">The signing pair whose other half the key will be.</param>
    /// <returns>DER SubjectPublicKeyInfo.</returns>
    byte[] BeginImport(ReadOnlySpan<byte> signingId);

    /// <summary>
    /// Brings an encryption key in, enveloped for what <see cref="BeginImport"/> returned in this session. An envelope that was altered, or is for
    /// another key, leaves the token as it was. A lost answer leaves the pair behind, which <see cref="ListPairs"/> shows.
    /// </summary>
    /// <param name="id">The new pair's id; must be unused.</param>
    /// <param name="label">For people and other software.</param>
    /// <param name="envelope">The enveloped key.</param>
    /// <param name="spki">DER SubjectPublicKeyInfo of the key, from its certificate.</param>
    void ImportEncryptionKey(ReadOnlySpan<byte> id, string label, KeyEnvelope envelope, ReadOnlySpan<byte> spki);

    /// <summary>
    /// Opens something short with an encryption pair's private key, which stays on the token: a session key, a share, a document's key. Whether
    /// its holder agrees to that is the caller's matter.
    /// </summary>
    /// <param name="id">The encryption pair.</param>
    /// <param name="secret">In one of the ways that <see cref="TokenInfo.Decrypts"/> names; another is <see cref="TokenFault.NotSupported"/>.</param>
    /// <returns>In clear; the caller clears it. What is for another key, or was altered, is <see cref="TokenFault.EnvelopeRefused"/>.</returns>
    byte[] Decrypt(ReadOnlySpan<byte> id, EncryptedSecret secret);

    /// <summary>Whether an encryption pair's private key opens a probe: the proof that what is encrypted for it can be read.</summary>
    bool Opens(ReadOnlySpan<byte> id, EncryptionProbe probe);

    /// <summary>
    /// Removes a pair: private key, public key, certificate, in this order, so that a removal that was cut short leaves the
    /// certificate, which leads the next run back to it; a key without its certificate would have no name. Removing what is not
    /// there is fine. Where a driver can only remove both pairs of a container (SKF), a signing pair beside an encryption key that stays is
    /// marked as removed and listed no more; the container goes with its encryption pair.
    /// </summary>
    void DeletePair(ReadOnlySpan<byte> id);
}

/// <summary>A library that reaches tokens.</summary>
public interface ITokenModule : IDisposable
{
    /// <summary>File name of the library, for people.</summary>
    string Name { get; }

    /// <summary>All tokens present now.</summary>
    IReadOnlyList<TokenInfo> ListTokens();

    /// <summary>Opens a session with a token.</summary>
    /// <exception cref="TokenException"><see cref="TokenFault.Removed"/> when it is not present.</exception>
    IToken Open(TokenIdentity identity);
}

/// <summary>What can go wrong with a token, in causes that a user knows. The drivers' own codes become these in one table each.</summary>
public enum TokenFault
{
    /// <summary>Pulled out, or never there.</summary>
    Removed,

    /// <summary>Wrong PIN.</summary>
    PinWrong,

    /// <summary>No PIN of this token can be like that; no try was used.</summary>
    PinNotPossible,

    /// <summary>PIN locked.</summary>
    PinLocked,

    /// <summary>The holder pressed cancel on the device.</summary>
    Cancelled,

    /// <summary>No memory left on the token.</summary>
    Full,

    /// <summary>Nothing can be written.</summary>
    WriteProtected,

    /// <summary>No such pair.</summary>
    PairMissing,

    /// <summary>The token cannot do this.</summary>
    NotSupported,

    /// <summary>An enveloped key or an encrypted secret was altered, or is not for this key.</summary>
    EnvelopeRefused,

    /// <summary>The driver's library ended unexpectedly.</summary>
    ModuleCrashed,

    /// <summary>The driver's library did not answer within its limit.</summary>
    ModuleTimedOut,

    /// <summary>Any other code; <see cref="TokenException.DriverCode"/> keeps it.</summary>
    Driver,
}

/// <summary>The one exception of this library.</summary>
public sealed class TokenException(TokenFault fault, string driverCode, Exception? inner = null)
    : Exception($"{fault} ({driverCode})", inner)
{
    /// <summary>The cause.</summary>
    public TokenFault Fault { get; } = fault;

    /// <summary>Function and code of the driver, for example <c>C_Sign CKR_DEVICE_REMOVED (0x00000032)</c>.</summary>
    public string DriverCode { get; } = driverCode;

    /// <summary>Tries left after a wrong PIN, where the driver tells.</summary>
    public int? TriesLeft { get; init; }
}
