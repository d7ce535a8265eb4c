using Microsoft.Extensions.Logging;
using Rekey.Ca.Issuance;
using Rekey.Ca.Issuers;
using Rekey.Contract.Problems;
using Rekey.Contract.Upstream;
using Rekey.Pki.Algorithms;
using Rekey.Pki.Cmp;

namespace Rekey.Ca.Upstream;

/// <summary>
/// Orders the encryption key of a pair from the key-management centre, which gets the holder's own message and wraps the key to nothing but
/// what the holder signed there. The same order gets the same key, so repeating one after a crash or a lost answer costs nothing.
/// </summary>
internal sealed partial class OrderEncryptionKey(
    CertificationAuthority ca, CaIdentity identity, TimeProvider time, ILogger<OrderEncryptionKey> log, IKmcUpstream? kmc = null)
{
    /// <summary>Orders it.</summary>
    /// <param name="request">The request for a pair.</param>
    /// <param name="orderId">The order's identifier.</param>
    /// <param name="kind">The kind of key.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ProblemException">The centre does not answer, or refuses.</exception>
    public async Task<HandedOutKey> RunAsync(VerifiedRequest request, byte[] orderId, AlgorithmSuite kind, CancellationToken cancel)
    {
        var centre = ca.Kmc ?? throw new InvalidOperationException("a profile with an encryption half needs kmcCertificate");
        var statement = request.Statement;
        var order = new KeyOrder(orderId, request.Encryption!.CertReqId, kind.Name, statement.SubscriberId, statement.DecidedAt);
        var question = CmpMessage.Parse(order.Wrap(request.From.Message, centre.Certificate.Subject.Encoded.ToArray(), identity.Signer, time.GetUtcNow()));
        try
        {
            var answer = CmpMessage.Parse(await (kmc ?? throw new KmcUnreachableException("no key-management centre is configured")).ExchangeAsync(question.Encoded.ToArray(), cancel));
            var key = HandedOutKey.Read(answer, centre, question, time.GetUtcNow());
            return key.OrderId.AsSpan().SequenceEqual(order.OrderId) && key.CertReqId == order.CertReqId
                ? key : throw new CmpInvalidException(CmpFailure.BadDataFormat, "the answer is to another order");
        }
        catch (CmpRefusedException e) when (CmpProblem.Parse(e.Message) is { } problem)
        {
            throw new ProblemException(problem, e);
        }
        catch (Exception e) when (e is KmcUnreachableException or CmpRefusedException or CmpInvalidException)
        {
            LogNoAnswer(log, e, Convert.ToHexStringLower(order.OrderId));
            throw new ProblemException(Problems.KmcNotAnswering(), e);
        }
    }

    [LoggerMessage(4120, LogLevel.Warning, "The key-management centre gave no usable answer to order {Order}")]
    private static partial void LogNoAnswer(ILogger logger, Exception e, string order);
}
