namespace PancreasSeg.Training;

/// <summary>How gradients become updates of the weights.</summary>
public enum OptimizerKind
{
    /// <summary>Steps scaled by running means of the gradient and its square (Kingma and Ba 2015).</summary>
    Adam,

    /// <summary>Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019).</summary>
    AdamW,

    /// <summary>Gradient descent with Nesterov momentum: with a learning rate of about 0.01 and the polynomial policy nnU-Net's
    /// recipe.</summary>
    Sgd,
}
